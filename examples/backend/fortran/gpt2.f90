! Fills the parameters that standard input lists, as gpt2.txt does, and writes their bytes, one
! after another:
!
!     gfortran netinit.f90 gpt2.f90 -o gpt2 $(pkg-config --libs netinit)
!     ./gpt2 2019 gpt2.bin < ../gpt2.txt && sha256sum gpt2.bin
program gpt2
  use netinit
  implicit none
  type(ni_distribution) :: normal
  real(c_float), allocatable :: data(:)
  character(256) :: argument, name
  integer(c_int64_t) :: seed, count
  integer :: ended, file

  call get_command_argument(1, argument)
  read (argument, *) seed
  call get_command_argument(2, argument)
  open (newunit=file, file=argument, access='stream', form='unformatted', status='replace')
  normal%kind = ni_normal
  do
    read (*, *, iostat=ended) name, count, normal%mean, normal%std
    if (ended /= 0) exit
    allocate (data(count))
    if (fill(data, seed, trim(name), normal) /= ni_ok) error stop 'netinit refused a parameter'
    write (file) data
    deallocate (data)
  end do
  close (file)
end program

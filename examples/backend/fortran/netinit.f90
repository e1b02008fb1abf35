! netinit from Fortran: what netinit.h declares, and a fill of one contiguous array.
module netinit
  use, intrinsic :: iso_c_binding
  implicit none

  integer(c_int), parameter :: ni_ok = 0, ni_float32 = 0, ni_float64 = 1
  integer(c_int), parameter :: ni_constant = 1, ni_uniform = 2, ni_normal = 3
  integer(c_int), parameter :: ni_truncated_normal = 4

  type, bind(c) :: ni_stream
    integer(c_int64_t) :: key, offset
    integer(c_int32_t) :: draw
  end type

  type, bind(c) :: ni_distribution
    integer(c_int) :: kind
    real(c_double) :: mean = 0, std = 1, low = 0, high = 1
  end type

  type, bind(c) :: ni_output
    type(c_ptr) :: data
    integer(c_int) :: dtype, ndim
    type(c_ptr) :: shape, byte_strides, index_strides
    integer(c_int64_t) :: first
  end type

  interface
    integer(c_int) function ni_stream_of(seed, name, name_bytes, stream) bind(c)
      import
      integer(c_int64_t), value :: seed
      character(kind=c_char), intent(in) :: name(*)
      integer(c_size_t), value :: name_bytes
      type(ni_stream), intent(out) :: stream
    end function

    integer(c_int) function ni_fill(stream, distribution, out, run) bind(c)
      import
      type(ni_stream), intent(in) :: stream
      type(ni_distribution), intent(in) :: distribution
      type(ni_output), intent(in) :: out
      type(c_ptr), value :: run
    end function

    type(c_ptr) function ni_status_text(status) bind(c)
      import
      integer(c_int), value :: status
    end function
  end interface

  interface fill
    module procedure fill_f32, fill_f64
  end interface

contains

  !> Fill an array from the stream of a seed and a name; the status is ni_ok or says what is wrong.
  integer(c_int) function fill_f32(data, seed, name, distribution) result(status)
    real(c_float), target, contiguous, intent(out) :: data(:)
    integer(c_int64_t), intent(in) :: seed
    character(*), intent(in) :: name
    type(ni_distribution), intent(in) :: distribution
    status = fill_any(c_loc(data), ni_float32, 4_c_int64_t, size(data, kind=c_int64_t), seed, &
                      name, distribution)
  end function

  integer(c_int) function fill_f64(data, seed, name, distribution) result(status)
    real(c_double), target, contiguous, intent(out) :: data(:)
    integer(c_int64_t), intent(in) :: seed
    character(*), intent(in) :: name
    type(ni_distribution), intent(in) :: distribution
    status = fill_any(c_loc(data), ni_float64, 8_c_int64_t, size(data, kind=c_int64_t), seed, &
                      name, distribution)
  end function

  integer(c_int) function fill_any(data, dtype, bytes, count, seed, name, distribution) &
      result(status)
    type(c_ptr), intent(in) :: data
    integer(c_int), intent(in) :: dtype
    integer(c_int64_t), intent(in) :: bytes, count, seed
    character(*), intent(in) :: name
    type(ni_distribution), intent(in) :: distribution
    integer(c_int64_t), target :: axis(3)
    type(ni_stream) :: stream
    status = ni_stream_of(seed, name, len(name, kind=c_size_t), stream)
    if (status /= ni_ok) return
    axis = [count, bytes, 1_c_int64_t]
    status = ni_fill(stream, distribution, ni_output(data, dtype, 1, c_loc(axis(1)), &
                     c_loc(axis(2)), c_loc(axis(3)), 0), c_null_ptr)
  end function

end module

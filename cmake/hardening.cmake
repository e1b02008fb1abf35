# What makes a fault harder to use, and a build the same wherever it is done. None of it changes a
# value. Sanitizers have checks of their own, which _FORTIFY_SOURCE would hide.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(NETINIT_HARDENED_C)
set(NETINIT_HARDENED_LINK)
if(UNIX AND NOT CMAKE_SYSTEM_NAME MATCHES "Emscripten|WASI")
  set(c_stack_protector -fstack-protector-strong)
  set(c_prefix_map -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  foreach(name stack_protector prefix_map)
    check_c_compiler_flag(${c_${name}} NETINIT_COMPILER_HAS_${name})
    if(NETINIT_COMPILER_HAS_${name})
      list(APPEND NETINIT_HARDENED_C ${c_${name}})
    endif()
  endforeach()
  if(NOT NETINIT_SANITIZE) # undefined first, for compilers that define it themselves
    list(APPEND NETINIT_HARDENED_C $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
                                   $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  endif()
  foreach(name relro now noexecstack)
    check_linker_flag(C -Wl,-z,${name} NETINIT_LINKER_HAS_${name})
    if(NETINIT_LINKER_HAS_${name})
      list(APPEND NETINIT_HARDENED_LINK -Wl,-z,${name})
    endif()
  endforeach()
endif()

function(netinit_hardened target)
  target_compile_options(${target} PRIVATE ${NETINIT_HARDENED_C})
  get_target_property(type ${target} TYPE)
  if(type MATCHES "MODULE|SHARED") # the static library's users link as they like
    target_link_options(${target} PRIVATE ${NETINIT_HARDENED_LINK})
  endif()
endfunction()

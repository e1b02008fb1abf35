# What is installed: the libraries, the header, and how CMake and pkg-config find them.
set(libraries_to ${root}${CMAKE_INSTALL_LIBDIR})
set(packages_to ${libraries_to}/cmake/netinit)

install(TARGETS ${libraries} EXPORT netinit
        ARCHIVE DESTINATION ${libraries_to}
        LIBRARY DESTINATION ${libraries_to}
        RUNTIME DESTINATION ${root}${CMAKE_INSTALL_BINDIR})
install(DIRECTORY csrc/include/netinit DESTINATION ${root}${CMAKE_INSTALL_INCLUDEDIR})

include(CMakePackageConfigHelpers)
install(EXPORT netinit NAMESPACE netinit:: FILE netinitTargets.cmake DESTINATION ${packages_to})
configure_package_config_file(cmake/netinitConfig.cmake.in netinitConfig.cmake
                              INSTALL_DESTINATION ${packages_to})
write_basic_package_version_file(netinitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/netinitConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/netinitConfigVersion.cmake DESTINATION ${packages_to})

# netinit.pc finds the prefix from its own folder, so that all of it may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH above /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${above}")
endif()
foreach(kind LIB INCLUDE)
  set(pc_${kind} "\${prefix}/${CMAKE_INSTALL_${kind}DIR}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${kind}DIR}")
    set(pc_${kind} ${CMAKE_INSTALL_${kind}DIR})
  endif()
endforeach()
set(pc_private -pthread)
foreach(name ${OpenMP_C_LIB_NAMES})
  string(APPEND pc_private " -l${name}")
endforeach()
set(pc_public)
if(NOT NETINIT_SHARED) # whoever links the static library links what it needs
  set(pc_public " ${pc_private}")
endif()
configure_file(cmake/netinit.pc.in netinit.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/netinit.pc DESTINATION ${libraries_to}/pkgconfig)

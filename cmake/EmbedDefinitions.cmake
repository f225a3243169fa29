# Writes OUTPUT, the C++ source of sessionbroker::login::BuiltinDefinitions(), with the contents of
# FILES (separated by "|"). Run by the build: cmake -D OUTPUT=… -D FILES=… -P EmbedDefinitions.cmake
string(REPLACE "|" ";" files "${FILES}")
set(entries "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} text)
  string(FIND "${text}" ")yaml\"" end)
  if(NOT end EQUAL -1)
    message(FATAL_ERROR "${file} contains )yaml\", which ends the literal it is embedded in")
  endif()
  string(APPEND entries "      {\"builtin:${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
file(
  WRITE ${OUTPUT}
  "#include \"service/login/builtin_definitions.h\"

namespace sessionbroker::login {

std::vector<DefinitionText> BuiltinDefinitions() {
  return {
${entries}  };
}

}  // namespace sessionbroker::login
")

// Prints the table of functions for docs/providers.md.

#include <iostream>

#include "tests/login/expression/function_reference.h"

int main() { std::cout << sessionbroker::login::FunctionReference(); }

#include "tests/testing/precompiled.h"

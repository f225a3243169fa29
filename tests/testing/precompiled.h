#ifndef SESSIONBROKER_TESTS_TESTING_PRECOMPILED_H_
#define SESSIONBROKER_TESTS_TESTING_PRECOMPILED_H_

// What nearly every test reads, compiled once for all of them: it halves the time that a test takes
// to compile. A test still includes what it uses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

#endif  // SESSIONBROKER_TESTS_TESTING_PRECOMPILED_H_

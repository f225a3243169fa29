#include <iostream>

#include "absl/time/clock.h"
#include "client/brokerctl/brokerctl.h"

int main(int argc, char** argv) {
  return static_cast<int>(
      sessionbroker::brokerctl::Run(argc, argv, absl::Now(), &std::cout, &std::cerr));
}

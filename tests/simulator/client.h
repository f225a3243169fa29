#ifndef SESSIONBROKER_TESTS_SIMULATOR_CLIENT_H_
#define SESSIONBROKER_TESTS_SIMULATOR_CLIENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

struct Call {
  std::string method = "GET";
  std::string url = {};
  Pairs query = {};  // Percent-encoded and appended to the URL.
  Pairs form = {};   // Percent-encoded into the body, with its content type.
  std::string body = {};
  Pairs headers = {};
  std::string user_agent = "simulator-test/1";  // Empty: no such header.
  std::string ca_file = {};
  std::string source_address = {};  // Of this host; empty: whichever.
};

struct Answer {
  int error = 0;  // A CURLcode.
  int status = 0;
  std::string body;
  Pairs headers;
  int64_t header_bytes = 0;

  // All values of that header, whatever its case.
  std::vector<std::string> Header(absl::string_view name) const;
};

// An HTTP client made of libcurl that keeps its connection, follows nothing and stores no cookie.
// For one thread.
class Client {
 public:
  Client();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Answer Send(const Call& call);

 private:
  void* curl_;
};

// What a bare socket sees.
struct RawAnswer {
  int connect_error = 0;  // An errno.
  int read_error = 0;     // The errno that ended the reading; 0 for FIN.
  std::string bytes;
};

// Connects to 127.0.0.1, sends `bytes` and reads to the end, or up to `enough` bytes.
RawAnswer SendRaw(int port, absl::string_view bytes, size_t enough = SIZE_MAX);
// The same with a look at the silence: true where nothing came within the time.
bool StaysSilent(int port, absl::string_view bytes, int milliseconds, std::string& seen);

// The port in a URL.
int PortOf(absl::string_view url);

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_CLIENT_H_

#include "client/brokerctl/session_text.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/brokerctl/format.h"

namespace sessionbroker::brokerctl {
namespace {

using Rows = std::vector<std::vector<std::string>>;

const char* NameOf(v1::Attachment::Location location) {
  switch (location) {
    case v1::Attachment::LOCATION_QUERY:
      return "query parameter";
    case v1::Attachment::LOCATION_HEADER:
      return "header";
    case v1::Attachment::LOCATION_COOKIE:
      return "cookie";
    case v1::Attachment::LOCATION_FORM:
      return "form field";
    case v1::Attachment::LOCATION_JSON_POINTER:
      return "JSON member";
    case v1::Attachment::LOCATION_PATH_SEGMENT:
      return "path segment";
    default:
      return "a place that this brokerctl does not know";
  }
}

std::string Methods(const v1::Attachment& attachment) {
  return attachment.methods().empty() ? "every request"
                                      : Printable(absl::StrJoin(attachment.methods(), ", "));
}

Rows FactsOf(const v1::Session& session, absl::Time now) {
  Rows rows = {
      {"session", Printable(absl::StrCat(session.provider(), "/", session.account()))},
      {"id", Printable(session.id())},
      {"issued", TimeText(ToTime(session.issue_time()))},
      {"expires", session.has_expire_time() ? TimeTextFrom(ToTime(session.expire_time()), now)
                                            : "never, as far as the provider tells"},
  };
  // What only tries a login makes no versions.
  if (session.version() != 0) {
    rows.insert(rows.begin() + 2, {"version", absl::StrCat(session.version())});
  }
  if (session.has_idle_timeout()) {
    rows.push_back({"idle limit", absl::StrCat(SpanText(ToDuration(session.idle_timeout())),
                                               " without a request")});
  }
  rows.push_back({"base URL", Printable(session.base_url())});
  return rows;
}

Rows UseOf(const v1::Session& session) {
  Rows rows;
  for (const v1::Attachment& attachment : session.attachments()) {
    rows.push_back({absl::StrCat("  ", NameOf(attachment.location())),
                    Printable(absl::StrCat(attachment.name(), " = ", attachment.value())),
                    Methods(attachment)});
  }
  const v1::Constraints& constraints = session.constraints();
  if (!constraints.user_agent().empty()) {
    rows.push_back({"  header", Printable(absl::StrCat("User-Agent = ", constraints.user_agent())),
                    "every request"});
  }
  if (!constraints.egress().empty()) {
    rows.push_back(
        {"  from egress", Printable(constraints.egress()), "works from no other address"});
  }
  if (constraints.signing_required()) {
    rows.push_back({"  signature", "made by the broker", "every request"});
  }
  return rows;
}

}  // namespace

std::string DescribeSession(const v1::Session& session, absl::Time now) {
  std::string text = AlignColumns(FactsOf(session, now));
  if (const Rows use = UseOf(session); !use.empty()) {
    absl::StrAppend(&text, "\nadd to a request\n", AlignColumns(use));
  }
  if (!session.attributes().empty()) {
    Rows rows;
    const std::map<std::string, std::string> sorted(session.attributes().begin(),
                                                    session.attributes().end());
    for (const auto& [name, value] : sorted) {
      rows.push_back({absl::StrCat("  ", Printable(name)), Printable(value)});
    }
    absl::StrAppend(&text, "\nattributes\n", AlignColumns(rows));
  }
  return text;
}

}  // namespace sessionbroker::brokerctl

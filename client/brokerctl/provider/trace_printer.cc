#include "client/brokerctl/provider/trace_printer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/brokerctl/format.h"

namespace sessionbroker::brokerctl {

void TracePrinter::NoteSkipped(std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    out_ << i + 1 << ". " << definition_.program->steps()[i].name
         << ": skipped, its `if` does not hold\n";
  }
}

void TracePrinter::StepBegins(const login::TracedRequest& traced) {
  if (traced.conversation != login::Conversation::kLogin) {
    Finish();
    out_ << login::NameOf(traced.conversation) << "\n";
    return;
  }
  std::size_t next = last_step_.has_value() ? *last_step_ + 1 : 0;
  if (traced.step < next) {
    out_ << "The login starts over.\n";
    next = 0;
  }
  NoteSkipped(next, traced.step);
  last_step_ = traced.step;
  out_ << traced.step + 1 << ". " << definition_.program->steps()[traced.step].name << "\n";
}

void TracePrinter::OnRequest(const login::TracedRequest& traced) {
  StepBegins(traced);
  out_ << "   > " << traced.request.method << " " << Printable(traced.request.url) << "\n";
  for (const http::Header& header : traced.request.headers) {
    out_ << "   > " << header.name << ": " << Printable(header.value) << "\n";
  }
  if (traced.request.body.empty()) return;
  out_ << "   >\n";
  for (absl::string_view line : absl::StrSplit(traced.request.body, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    out_ << "   > " << Printable(line) << "\n";
  }
}

void TracePrinter::OnAnswer(const login::TracedAnswer& traced) {
  if (!traced.status.ok()) {
    out_ << "   < no answer: " << Printable(traced.status.message()) << "\n";
    return;
  }
  out_ << "   < HTTP " << traced.http_status << ", " << traced.body_size_in_bytes << " bytes in "
       << SpanText(traced.elapsed) << "\n";
  if (traced.rule.has_value() && traced.outcome.has_value()) {
    const std::string step(login::NameOf(traced.conversation));
    const std::string path = absl::StrCat(traced.conversation == login::Conversation::kLogin
                                              ? absl::StrCat(step, "[", traced.step, "]")
                                              : step,
                                          ".answers[", *traced.rule, "]");
    out_ << "   answers[" << *traced.rule << "], line " << definition_.places.Find(path).line
         << ": " << login::NameOf(*traced.outcome) << "\n";
  } else {
    out_ << "   no rule knows this answer\n";
  }
  for (const login::TracedValue& value : traced.values) {
    out_ << "   " << value.name << " = " << Printable(value.text) << " ("
         << login::NameOf(value.type) << ")\n";
  }
}

void TracePrinter::Finish() {
  const std::size_t end = definition_.program->steps().size();
  NoteSkipped(last_step_.has_value() ? *last_step_ + 1 : 0, end);
  last_step_ = end - 1;
}

}  // namespace sessionbroker::brokerctl

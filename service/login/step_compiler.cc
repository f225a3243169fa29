#include "service/login/step_compiler.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/login/answers_compiler.h"
#include "service/login/let_compiler.h"
#include "service/login/request_compiler.h"

namespace sessionbroker::login {
namespace {

namespace pb = definition::v1;

class StepCompiler {
 public:
  explicit StepCompiler(CompileContext& context) : context_(context) {}

  Step Compile(const pb::Step& step, absl::string_view path, bool last) {
    // Of all that this step names, what is a sequence needs a number.
    std::set<std::string> used_before;
    used_before.swap(context_.used);
    Step out = CompileParts(step, path, last);
    out.sequences = SequencesAmong(context_.used);
    context_.used.merge(used_before);
    return out;
  }

 private:
  Step CompileParts(const pb::Step& step, absl::string_view path, bool last) {
    if (context_.conversation == Conversation::kLogin) {
      CheckStepName(step.step(), Member(path, "step"));
    }
    Step out;
    out.name = step.step();
    const bool may_be_skipped = !step.if_().empty();
    if (may_be_skipped) {
      out.condition = context_.CompileExpression(Member(path, "if"), step.if_(), Type::kBool, "if");
    }
    out.let = CompileLet(step.let(), Member(path, "let"), may_be_skipped, context_);
    std::optional<RequestTemplate> request;
    if (step.has_request()) {
      request = CompileRequest(step.request(), Member(path, "request"), context_);
    } else {
      context_.AddMissing(Member(path, "request"));
    }
    if (request.has_value()) out.request = *std::move(request);
    out.answers = CompileRules(step.answers(), Member(path, "answers"), &out.sources, context_);
    out.extract = CompileExtract(step.extract(), Member(path, "extract"), may_be_skipped,
                                 &out.sources, context_);
    context_.CheckLength(Member(path, "check"), step.check().size());
    for (int i = 0; i < step.check_size(); ++i) {
      std::optional<Expression> check = context_.CompileExpression(
          Element(Member(path, "check"), i), step.check(i), Type::kBool, "a check");
      if (check.has_value()) out.checks.push_back(Check{step.check(i), *std::move(check)});
    }
    if (!step.valid_for().empty()) {
      const std::string at = Member(path, "valid_for");
      out.valid_for =
          context_.CompileExpression(at, step.valid_for(), Type::kDuration, "valid_for");
      if (last) context_.Add(at, "no step comes after this one, so nothing can come too late");
    }
    if (!step.clock().empty()) {
      out.clock =
          context_.CompileExpression(Member(path, "clock"), step.clock(), Type::kTime, "clock");
    }
    return out;
  }

  void CheckStepName(const std::string& name, const std::string& path) {
    if (name.empty()) {
      context_.AddMissing(path);
      return;
    }
    if (!context_.CheckName(path, name, /*dashes=*/true)) return;
    constexpr absl::string_view kTaken[] = {"session", "probe", "logout", "sign", "inject"};
    if (std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken)) {
      context_.Add(path, absl::StrCat("\"", name, "\" is no name for a step: examples call the ",
                                      name, " so"));
    }
    context_.Declare(path, absl::StrCat("step ", name));
  }

  CompileContext& context_;
};

}  // namespace

Step CompileStep(const pb::Step& step, absl::string_view path, bool last, CompileContext& context) {
  return StepCompiler(context).Compile(step, path, last);
}

}  // namespace sessionbroker::login

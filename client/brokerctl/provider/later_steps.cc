#include "client/brokerctl/provider/later_steps.h"

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sessionbroker::brokerctl {
namespace {

using NameSet = std::set<std::string>;

void AddNamesOf(const login::Expression& expression, NameSet* names) {
  names->insert(expression.names().begin(), expression.names().end());
}

// All that the step's request is made of; what `let` stands for in place of its names.
NameSet NamesOf(const login::Program& program, std::size_t index) {
  const login::Step& step = program.steps()[index];
  NameSet names;
  if (step.condition.has_value()) AddNamesOf(*step.condition, &names);
  login::ForEachTemplate(step.request, [&names](const login::Template& value) {
    for (const login::Template::Part& part : value.parts()) {
      if (part.expression != nullptr) AddNamesOf(*part.expression, &names);
    }
  });
  // A later `let` may use an earlier one.
  for (std::size_t i = index + 1; i-- > 0;) {
    const auto& lets = program.steps()[i].let;
    for (auto let = lets.rbegin(); let != lets.rend(); ++let) {
      if (names.contains(let->name)) AddNamesOf(let->expression, &names);
    }
  }
  return names;
}

}  // namespace

std::string DescribeLaterSteps(const login::Program& program, std::size_t first) {
  std::string text;
  for (std::size_t i = first + 1; i < program.steps().size(); ++i) {
    const NameSet names = NamesOf(program, i);
    std::vector<std::string> needs;
    for (std::size_t before = 0; before < i; ++before) {
      for (const login::ExtractRule& rule : program.steps()[before].extract) {
        if (!names.contains(rule.name)) continue;
        needs.push_back(absl::StrCat(rule.name, " of ", program.steps()[before].name));
      }
    }
    absl::StrAppend(&text, i + 1, ". ", program.steps()[i].name, ": ",
                    needs.empty() ? "depends on no value of an answer"
                                  : absl::StrCat("needs ", absl::StrJoin(needs, ", ")),
                    "\n");
  }
  return text;
}

}  // namespace sessionbroker::brokerctl

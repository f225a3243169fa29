#include "service/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "service/base/utf8.h"

namespace sessionbroker::config {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Ends a parse from within yaml-cpp; what is wrong has been reported.
struct Refused {};

Position PositionOf(const YAML::Mark& mark) { return Position{mark.line + 1, mark.column + 1}; }

// Position of the byte `offset` of `text`.
Position PositionAt(absl::string_view text, std::size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const std::size_t line_end = before.rfind('\n');
  const std::size_t line_begin = line_end == absl::string_view::npos ? 0 : line_end + 1;
  return Position{static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                  static_cast<int>(offset - line_begin) + 1};
}

// What keeps `text` from being read at all, or nothing. yaml-cpp would take other encodings for
// UTF-8, put replacement characters for broken bytes, and end the file at a control character.
std::optional<Diagnostic> CheckCharacters(const std::string& file, absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return Diagnostic{file, Position(), "",
                      absl::StrCat("the file is too large: at most ", kMaxYamlBytes,
                                   " bytes, found ", text.size())};
  }
  const std::size_t valid = base::ValidUtf8Prefix(text);
  if (valid < text.size()) {
    return Diagnostic{
        file, PositionAt(text, valid), "",
        absl::StrFormat("expected UTF-8, found the byte 0x%02x",
                        static_cast<unsigned int>(static_cast<unsigned char>(text[valid])))};
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const bool is_line_end = c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if ((c >= 0x20 && c != 0x7F) || c == '\t' || is_line_end) continue;
    return Diagnostic{file, PositionAt(text, i), "",
                      absl::StrFormat("expected text, found the control character 0x%02x",
                                      static_cast<unsigned int>(c))};
  }
  return std::nullopt;
}

constexpr char kNoAliases[] = "aliases are not read; quote a text that begins with \"*\"";
constexpr char kNoAnchors[] = "anchors are not read; quote a text that begins with \"&\"";
constexpr char kNoTags[] = "tags are not read; quote a text that begins with \"!\"";

// What yaml-cpp's `message` means, and what to do about it.
std::string InPlainWords(const std::string& message) {
  // By the beginning of the message.
  static const std::pair<const char*, const char*> kPlainWords[] = {
      {YAML::ErrorMsg::MAP_VALUE,
       "\":\" does not fit here: check the indentation, and quote a text that contains \": \""},
      {YAML::ErrorMsg::MAP_KEY, "a key does not fit here: check the indentation"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "\"- \" does not fit here: check the indentation"},
      {YAML::ErrorMsg::FLOW_END, "a closing bracket without an opening one"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN,
       "a text cannot begin with this character unless it is quoted"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "the file ends within a quoted text"},
      {YAML::ErrorMsg::DOC_IN_SCALAR,
       "\"---\" or \"...\" at the beginning of a line within a quoted text"},
      {YAML::ErrorMsg::INVALID_ESCAPE,
       "an unknown escape; write \\\\ for \\, or use single quotes"},
      {YAML::ErrorMsg::INVALID_UNICODE, "an escape that is no character of Unicode"},
      {YAML::ErrorMsg::INVALID_HEX, "an escape with a digit that is not hexadecimal"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, kNoAliases},
      {YAML::ErrorMsg::ALIAS_NOT_FOUND, kNoAliases},
      {YAML::ErrorMsg::ALIAS_CONTENT, kNoAliases},
      {YAML::ErrorMsg::CHAR_IN_ALIAS, kNoAliases},
      {YAML::ErrorMsg::ANCHOR_NOT_FOUND, kNoAnchors},
      {YAML::ErrorMsg::CHAR_IN_ANCHOR, kNoAnchors},
      {YAML::ErrorMsg::MULTIPLE_ANCHORS, kNoAnchors},
      {YAML::ErrorMsg::CHAR_IN_TAG_HANDLE, kNoTags},
      {YAML::ErrorMsg::TAG_WITH_NO_SUFFIX, kNoTags},
      {YAML::ErrorMsg::END_OF_VERBATIM_TAG, kNoTags},
      {YAML::ErrorMsg::MULTIPLE_TAGS, kNoTags},
  };
  for (const auto& [theirs, ours] : kPlainWords) {
    if (absl::StartsWith(message, theirs)) return ours;
  }
  // What follows a colon is from the file.
  return absl::StrCat("not YAML: ", message.substr(0, message.find(':')));
}

// Builds the tree out of yaml-cpp's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, absl::string_view text, Diagnostics* diagnostics)
      : file_(file), text_(text), diagnostics_(diagnostics) {}

  YamlNode TakeRoot() { return std::move(root_); }

  // Reports what yaml-cpp found wrong, in words for someone who does not know its grammar. Its own
  // text is not shown where it may quote the file.
  void Report(const YAML::Exception& exception) {
    Position at = exception.mark.is_null() ? Position() : PositionOf(exception.mark);
    // yaml-cpp may count on beyond the end.
    if (TextAt(exception.mark).empty()) at = PositionAt(text_, text_.size());
    std::string what = InPlainWords(exception.msg);
    if (TabIndents(at.line)) {
      at.column = 0;
      what = "a tab in the indentation; indent with spaces";
    } else if (!stack_.empty()) {
      const Position begin = stack_.back().node.position;
      if (exception.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW) {
        at = begin;
        what = "expected \",\" or \"]\" in the sequence that begins here";
      } else if (exception.msg == YAML::ErrorMsg::END_OF_MAP_FLOW) {
        at = begin;
        what = "expected \",\" or \"}\" in the mapping that begins here";
      } else if (exception.msg == YAML::ErrorMsg::END_OF_MAP) {
        what = absl::StrCat("expected a key of the mapping that begins at line ", begin.line,
                            ", column ", begin.column);
      } else if (exception.msg == YAML::ErrorMsg::END_OF_SEQ) {
        what = absl::StrCat("expected \"- \" of the sequence that begins at line ", begin.line,
                            ", column ", begin.column);
      }
    }
    diagnostics_->Add({file_, at, Path(), std::move(what)});
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(has_document_, true)) {
      const bool is_marked = absl::StartsWith(TextAt(mark), "---");
      diagnostics_->Add({file_, PositionOf(mark), "",
                         is_marked ? "a second document begins here; expected one document a file"
                                   : "expected the end of the file; check the indentation"});
      throw Refused();
    }
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.text = IsWrittenNull(mark) ? "null" : "";
    node.position = node.text.empty() ? PositionOfNothing(mark) : PositionOf(mark);
    CheckAnchor(mark, anchor);
    Take(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    Add(PositionOf(mark), kNoAliases);
    YamlNode node;
    node.kind = YamlNode::Kind::kRefused;
    node.position = PositionOf(mark);
    Take(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.position = PositionOf(mark);
    CheckAnchor(mark, anchor);
    if (CheckTag(mark, tag)) {
      node.kind = YamlNode::Kind::kScalar;
      node.text = value;
      // yaml-cpp gives quoted scalars and blocks the tag "!"; CheckTag has excluded one that is
      // written.
      node.quoted = tag == "!";
      if (node.quoted) CheckQuotes(mark);
      const std::size_t begin = static_cast<std::size_t>(mark.pos) + (node.quoted ? 1 : 0);
      if (anchor == 0 && begin <= text_.size() &&
          absl::StartsWith(text_.substr(begin), node.text) &&
          node.text.find('\n') == std::string::npos) {
        node.text_column = node.position.column + (node.quoted ? 1 : 0);
      }
    } else {
      node.kind = YamlNode::Kind::kRefused;
    }
    Take(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }

  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kMapping, mark, tag, anchor);
  }

  void OnMapEnd() override { Close(); }

 private:
  // A sequence or mapping that is not complete.
  struct Frame {
    YamlNode node;
    // In a mapping: the key has come, its value has not.
    bool has_key = false;
    // The value is to be dropped; why has been reported.
    bool drop_value = false;
    std::string key;
    Position key_position;
    std::map<std::string, Position> keys;
  };

  void Add(Position position, std::string message) {
    diagnostics_->Add({file_, position, Path(), std::move(message)});
  }

  // Of the value that is being read.
  std::string Path() const {
    std::string path;
    for (const Frame& frame : stack_) {
      if (frame.node.kind == YamlNode::Kind::kSequence) {
        absl::StrAppend(&path, "[", frame.node.items.size(), "]");
      } else if (frame.has_key && !frame.key.empty()) {
        absl::StrAppend(&path, path.empty() ? "" : ".", frame.key);
      }
    }
    return path;
  }

  absl::string_view TextAt(const YAML::Mark& mark) const {
    const std::size_t begin = static_cast<std::size_t>(std::max(mark.pos, 0));
    return begin < text_.size() ? text_.substr(begin) : absl::string_view();
  }

  // Nothing at all has the mark of what comes next.
  bool IsWrittenNull(const YAML::Mark& mark) const {
    absl::string_view text = TextAt(mark);
    if (!absl::ConsumePrefix(&text, "~") && !absl::ConsumePrefix(&text, "null") &&
        !absl::ConsumePrefix(&text, "Null") && !absl::ConsumePrefix(&text, "NULL")) {
      return false;
    }
    return text.empty() || absl::StrContains(" \t\r\n,]}:", text.substr(0, 1));
  }

  // yaml-cpp takes a quoted text that lacks its end if the file ends with a line.
  void CheckQuotes(const YAML::Mark& mark) {
    const absl::string_view text = TextAt(mark);
    const char quote = text.empty() ? '\0' : text[0];
    if (quote != '"' && quote != '\'') return;
    std::size_t i = 1;
    while (i < text.size()) {
      const bool is_escape =
          quote == '"' ? text[i] == '\\' : absl::StartsWith(text.substr(i), "''");
      if (!is_escape && text[i] == quote) return;
      i += is_escape ? 2 : 1;
    }
    Add(PositionOf(mark), "the quoted text that begins here has no end");
    throw Refused();
  }

  Position PositionOfNothing(const YAML::Mark& mark) const {
    if (stack_.empty()) return PositionOf(mark);
    const Frame& frame = stack_.back();
    if (frame.has_key) return frame.key_position;
    // A key that is missing.
    if (frame.node.kind == YamlNode::Kind::kMapping) return PositionOf(mark);
    return frame.node.position;
  }

  bool TabIndents(int line) const {
    if (line < 1) return false;
    absl::string_view rest = text_;
    for (int i = 1; i < line; ++i) {
      const std::size_t end = rest.find('\n');
      if (end == absl::string_view::npos) return false;
      rest.remove_prefix(end + 1);
    }
    const std::size_t begin = rest.find_first_not_of(" \t");
    return absl::StrContains(rest.substr(0, begin), "\t");
  }

  void CheckAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Add(PositionOf(mark), kNoAnchors);
  }

  // False, and reported, if a tag is written. yaml-cpp says "?" for none, and "!" both for quotes
  // and for a written "!".
  bool CheckTag(const YAML::Mark& mark, const std::string& tag) {
    const bool is_written = (tag != "?" && tag != "!" && !tag.empty()) ||
                            (tag == "!" && absl::StartsWith(TextAt(mark), "!"));
    if (is_written) Add(PositionOf(mark), kNoTags);
    return !is_written;
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    CheckAnchor(mark, anchor);
    CheckTag(mark, tag);
    if (stack_.size() >= kMaxYamlDepth) {
      Add(PositionOf(mark), absl::StrCat("nested too deeply: at most ", kMaxYamlDepth, " levels"));
      throw Refused();
    }
    Frame frame;
    frame.node.kind = kind;
    frame.node.position = PositionOf(mark);
    stack_.push_back(std::move(frame));
  }

  void Close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    Take(std::move(node));
  }

  // Puts a complete value into what is open.
  void Take(YamlNode node) {
    if (++values_ > kMaxYamlValues) {
      Add(node.position, absl::StrCat("too many values: at most ", kMaxYamlValues));
      throw Refused();
    }
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = stack_.back();
    if (frame.node.kind == YamlNode::Kind::kSequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      TakeKey(std::move(node));
    } else {
      if (!frame.drop_value) {
        frame.node.members.push_back({std::move(frame.key), frame.key_position, std::move(node)});
      }
      frame.has_key = false;
    }
  }

  void TakeKey(YamlNode node) {
    Frame& frame = stack_.back();
    const bool is_text = node.kind == YamlNode::Kind::kScalar;
    const bool is_merge = is_text && !node.quoted && node.text == "<<";
    frame.drop_value = true;
    if (is_merge) {
      Add(node.position, "merge keys are not read; write the fields out");
    } else if (!is_text) {
      // An alias or a tagged key has been reported.
      if (node.kind != YamlNode::Kind::kRefused) Add(node.position, "a key must be text");
    } else {
      const auto [first, is_new] = frame.keys.emplace(node.text, node.position);
      frame.drop_value = !is_new;
      if (!is_new) {
        frame.has_key = true;
        frame.key = node.text;
        Add(node.position, absl::StrCat("the key is already on line ", first->second.line));
      }
    }
    frame.has_key = true;
    frame.key = std::move(node.text);
    frame.key_position = node.position;
  }

  const std::string& file_;
  const absl::string_view text_;
  Diagnostics* const diagnostics_;
  bool has_document_ = false;
  std::size_t values_ = 0;
  std::vector<Frame> stack_;
  YamlNode root_;
};

}  // namespace

std::optional<YamlNode> ParseYaml(const std::string& file, absl::string_view text,
                                  Diagnostics* diagnostics) {
  if (absl::StartsWith(text, kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (std::optional<Diagnostic> bad = CheckCharacters(file, text)) {
    diagnostics->Add(*std::move(bad));
    return std::nullopt;
  }
  TreeBuilder builder(file, text, diagnostics);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused&) {
    return std::nullopt;
  } catch (const YAML::Exception& exception) {
    builder.Report(exception);
    return std::nullopt;
  }
  return builder.TakeRoot();
}

}  // namespace sessionbroker::config

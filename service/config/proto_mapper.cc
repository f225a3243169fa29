#include "service/config/proto_mapper.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/nearest_name.h"
#include "service/config/scalars.h"
#include "sessionbroker/yaml/v1/options.pb.h"

namespace sessionbroker::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::DynamicCastToGenerated;
using ::google::protobuf::EnumValueDescriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::OneofDescriptor;
using Kind = YamlNode::Kind;

// The message that takes any YAML value, known by its name: only login sees its class.
constexpr char kAnyValue[] = "sessionbroker.definition.v1.Node";
// Where a keyed element keeps its key.
constexpr char kKeyField[] = "name";

const yaml::v1::FieldOptions& OptionsOf(const FieldDescriptor& field) {
  return field.options().GetExtension(yaml::v1::field);
}

const FieldDescriptor* ShorthandOf(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (OptionsOf(*type.field(i)).shorthand()) return type.field(i);
  }
  return nullptr;
}

std::string Expected(const Descriptor& type);

// What is written for one value of `field`, in words.
std::string Expected(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "an integer";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", absl::StrJoin(NamesInYaml(*field.enum_type()), ", "));
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Expected(*field.message_type());
    default:
      return "nothing: a field of this type cannot be written in YAML";
  }
}

std::string Expected(const Descriptor& type) {
  const FieldDescriptor* shorthand = ShorthandOf(type);
  if (shorthand == nullptr) return "a mapping";
  return absl::StrCat(Expected(*shorthand), shorthand->is_repeated() ? ", a sequence" : "",
                      " or a mapping");
}

bool IsEmpty(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kScalar:
      return node.text.empty();
    case Kind::kSequence:
      return node.items.empty();
    case Kind::kMapping:
      return node.members.empty();
    case Kind::kNull:
    case Kind::kRefused:
      break;
  }
  return false;
}

const FieldDescriptor* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

Message* MutableField(Message* message, const char* name) {
  return message->GetReflection()->MutableMessage(message, FieldOf(*message, name));
}

Message* AddTo(Message* message, const char* name) {
  return message->GetReflection()->AddMessage(message, FieldOf(*message, name));
}

void SetText(Message* message, const char* name, std::string text) {
  message->GetReflection()->SetString(message, FieldOf(*message, name), std::move(text));
}

// The value being read: its path, and whether it must not be shown.
struct Place {
  std::string path;
  bool sensitive = false;

  Place Member(absl::string_view name, bool is_sensitive = false) const {
    return {absl::StrCat(path, path.empty() ? "" : ".", name), sensitive || is_sensitive};
  }
  Place Item(std::size_t index) const { return {absl::StrCat(path, "[", index, "]"), sensitive}; }
};

class Mapper {
 public:
  Mapper(SourceMap* places, Diagnostics* diagnostics)
      : places_(places), diagnostics_(diagnostics) {}

  void ReadRoot(const YamlNode& root, absl::string_view path, Message* message) {
    const Place at{.path = std::string(path), .sensitive = false};
    places_->Set(at.path, root.position);
    if (root.kind == Kind::kNull && root.text.empty()) {
      const std::vector<std::string> fields = FieldNames(*message->GetDescriptor(), nullptr);
      Add(at, root.position,
          absl::StrCat("the file is empty; expected a mapping with the fields ",
                       absl::StrJoin(fields, ", ")));
      return;
    }
    ReadMessage(root, at, nullptr, message);
  }

 private:
  void Add(const Place& at, Position position, std::string message) {
    diagnostics_->Add({places_->file(), position, at.path, std::move(message)});
  }

  void AddMismatch(const Place& at, const YamlNode& node, absl::string_view expected) {
    if (node.kind == Kind::kRefused) return;
    Add(at, node.position, absl::StrCat("expected ", expected, ", found ", Found(at, node)));
  }

  static std::string Found(const Place& at, const YamlNode& node) {
    switch (node.kind) {
      case Kind::kNull:
        return node.text.empty() ? "nothing" : "null";
      case Kind::kScalar:
        if (at.sensitive) return "text that is not shown here";
        return Shown(node.text);
      case Kind::kSequence:
        return "a sequence";
      case Kind::kMapping:
        return "a mapping";
      case Kind::kRefused:
        break;
    }
    return "something refused";
  }

  static std::vector<std::string> FieldNames(const Descriptor& type,
                                             const FieldDescriptor* key_field) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i) != key_field) names.push_back(type.field(i)->name());
    }
    return names;
  }

  void Note(const Place& at, const YamlNode& node) {
    places_->Set(at.path, node.position, node.text_column);
  }

  // A value of `message`'s type, which has one of its fields, `key_field`, already (or none).
  void ReadMessage(const YamlNode& node, const Place& at, const FieldDescriptor* key_field,
                   Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    if (type.full_name() == kAnyValue) {
      ReadAny(node, at, message);
      return;
    }
    if (auto* duration = DynamicCastToGenerated<google::protobuf::Duration>(message)) {
      ReadDuration(node, at, duration);
      return;
    }
    if (node.kind == Kind::kMapping) {
      ReadFields(node, at, key_field, message);
      return;
    }
    const FieldDescriptor* shorthand = ShorthandOf(type);
    const bool is_short =
        shorthand != nullptr &&
        (node.kind == Kind::kScalar || (node.kind == Kind::kSequence && shorthand->is_repeated()));
    if (is_short) {
      // Known under both names; a mistake is shown under the one that is in the file.
      Note(at.Member(shorthand->name()), node);
      ReadField(*shorthand, node, at, message);
      CheckComplete(node, at, {{shorthand, &node}}, message);
      return;
    }
    AddMismatch(at, node, Expected(type));
  }

  using Seen = std::map<const FieldDescriptor*, const YamlNode*>;

  void ReadFields(const YamlNode& node, const Place& at, const FieldDescriptor* key_field,
                  Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    Seen seen;
    std::map<const OneofDescriptor*, const FieldDescriptor*> chosen;
    for (const YamlMember& member : node.members) {
      const FieldDescriptor* field = type.FindFieldByName(member.key);
      if (field == nullptr || field == key_field) {
        AddUnknown(member, at, FieldNames(type, key_field));
        continue;
      }
      if (const OneofDescriptor* oneof = field->real_containing_oneof()) {
        const auto [first, is_first] = chosen.emplace(oneof, field);
        if (!is_first) {
          Add(at, member.key_position,
              absl::StrCat("\"", first->second->name(), "\" and \"", field->name(),
                           "\" exclude each other"));
        }
      }
      seen[field] = &member.value;
      ReadField(*field, member.value, at.Member(field->name(), OptionsOf(*field).sensitive()),
                message);
    }
    CheckComplete(node, at, seen, message);
  }

  // A key where nothing is shown may be a value that lost its key.
  void AddUnknown(const YamlMember& member, const Place& at,
                  const std::vector<std::string>& known) {
    if (at.sensitive && base::NearestName(member.key, known).empty()) {
      Add(at, member.key_position,
          absl::StrCat("unknown field; known are: ", absl::StrJoin(known, ", ")));
      return;
    }
    Add(at.Member(member.key), member.key_position,
        absl::StrCat("unknown field", base::Suggestion(member.key, known, "known are")));
  }

  // Reports the required fields and oneofs of which nothing was written.
  void CheckComplete(const YamlNode& node, const Place& at, const Seen& seen, Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      if (!OptionsOf(*field).required()) continue;
      const auto written = seen.find(field);
      if (written == seen.end()) {
        Add(at.Member(field->name()), node.position, "required, but missing");
      } else if (IsEmpty(*written->second) &&
                 (field->is_repeated() || written->second->kind == Kind::kScalar)) {
        Add(at.Member(field->name()), written->second->position, "required, but empty");
      }
    }
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      const OneofDescriptor* oneof = type.oneof_decl(i);
      if (!oneof->options().GetExtension(yaml::v1::oneof).required()) continue;
      std::vector<std::string> members;
      bool is_written = false;
      for (int j = 0; j < oneof->field_count(); ++j) {
        members.push_back(oneof->field(j)->name());
        is_written = is_written || seen.contains(oneof->field(j));
      }
      if (!is_written) {
        Add(at, node.position, absl::StrCat("expected one of ", absl::StrJoin(members, ", ")));
      }
    }
  }

  // All of `field`: one value or, where it is repeated, all of them.
  void ReadField(const FieldDescriptor& field, const YamlNode& node, const Place& at,
                 Message* message) {
    Note(at, node);
    if (!field.is_repeated()) {
      ReadValue(field, node, at, message);
    } else if (OptionsOf(field).keyed()) {
      ReadKeyed(field, node, at, message);
    } else if (node.kind == Kind::kSequence) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        Note(at.Item(i), node.items[i]);
        ReadValue(field, node.items[i], at.Item(i), message);
      }
    } else if (OptionsOf(field).shorthand() && node.kind == Kind::kScalar) {
      Note(at.Item(0), node);
      ReadValue(field, node, at, message);
    } else {
      AddMismatch(at, node,
                  OptionsOf(field).shorthand() ? absl::StrCat(Expected(field), " or a sequence")
                                               : "a sequence");
    }
  }

  void ReadKeyed(const FieldDescriptor& field, const YamlNode& node, const Place& at,
                 Message* message) {
    if (node.kind != Kind::kMapping) {
      AddMismatch(at, node, "a mapping");
      return;
    }
    const FieldDescriptor* key_field = field.message_type()->FindFieldByName(kKeyField);
    for (const YamlMember& member : node.members) {
      if (member.key.empty()) {
        Add(at, member.key_position, "a name must not be empty");
        continue;
      }
      const Place element_at = at.Member(member.key);
      Note(element_at, member.value);
      Message* element = message->GetReflection()->AddMessage(message, &field);
      SetText(element, kKeyField, member.key);
      ReadMessage(member.value, element_at, key_field, element);
    }
  }

  // One value of `field`, set or added. A value that cannot be read is added all the same where the
  // field is repeated, so that indexes and paths agree.
  void ReadValue(const FieldDescriptor& field, const YamlNode& node, const Place& at,
                 Message* message) {
    const google::protobuf::Reflection& reflection = *message->GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        ReadMessage(node, at, nullptr,
                    field.is_repeated() ? reflection.AddMessage(message, &field)
                                        : reflection.MutableMessage(message, &field));
        break;
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text = ReadText(field, node, at);
        field.is_repeated() ? reflection.AddString(message, &field, std::move(text))
                            : reflection.SetString(message, &field, std::move(text));
        break;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value = ReadBool(field, node, at);
        field.is_repeated() ? reflection.AddBool(message, &field, value)
                            : reflection.SetBool(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = ReadEnum(field, node, at);
        field.is_repeated() ? reflection.AddEnumValue(message, &field, value)
                            : reflection.SetEnumValue(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = ReadInteger<std::int32_t>(node, at);
        field.is_repeated() ? reflection.AddInt32(message, &field, value)
                            : reflection.SetInt32(message, &field, value);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const auto value = ReadInteger<std::int64_t>(node, at);
        field.is_repeated() ? reflection.AddInt64(message, &field, value)
                            : reflection.SetInt64(message, &field, value);
        break;
      }
      default:
        AddMismatch(at, node, Expected(field));
    }
  }

  std::string ReadText(const FieldDescriptor& field, const YamlNode& node, const Place& at) {
    if (node.kind == Kind::kScalar) return node.text;
    AddMismatch(at, node, Expected(field));
    return "";
  }

  bool ReadBool(const FieldDescriptor& field, const YamlNode& node, const Place& at) {
    const bool is_plain = node.kind == Kind::kScalar && !node.quoted;
    if (is_plain && node.text == "true") return true;
    if (!is_plain || node.text != "false") AddMismatch(at, node, Expected(field));
    return false;
  }

  int ReadEnum(const FieldDescriptor& field, const YamlNode& node, const Place& at) {
    const google::protobuf::EnumDescriptor& type = *field.enum_type();
    if (node.kind == Kind::kScalar) {
      for (int i = 0; i < type.value_count(); ++i) {
        const EnumValueDescriptor& value = *type.value(i);
        if (value.number() != 0 && NameInYaml(value) == node.text) return value.number();
      }
    }
    AddMismatch(at, node, Expected(field));
    return 0;
  }

  template <typename T>
  T ReadInteger(const YamlNode& node, const Place& at) {
    if (node.kind != Kind::kScalar) {
      AddMismatch(at, node, "an integer");
      return 0;
    }
    if (node.quoted) {
      AddMismatch(at, node, "an integer without quotes");
      return 0;
    }
    const absl::StatusOr<std::int64_t> value =
        ParseInteger(node.text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
    if (!value.ok()) {
      AddMismatch(at, node, value.status().message());
      return 0;
    }
    return static_cast<T>(*value);
  }

  void ReadDuration(const YamlNode& node, const Place& at, google::protobuf::Duration* message) {
    const absl::StatusOr<absl::Duration> duration =
        ParseDuration(node.kind == Kind::kScalar ? node.text : "");
    if (!duration.ok()) {
      AddMismatch(at, node, duration.status().message());
      return;
    }
    absl::Duration rest;
    message->set_seconds(absl::IDivDuration(*duration, absl::Seconds(1), &rest));
    message->set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(rest)));
  }

  void ReadAny(const YamlNode& node, const Place& at, Message* any) {
    Note(at, node);
    switch (node.kind) {
      case Kind::kNull:
        if (node.text.empty()) {
          Add(at, node.position, "expected a value, found nothing; write null if that is meant");
        }
        SetText(MutableField(any, "scalar"), "text", "null");
        break;
      case Kind::kScalar: {
        Message* scalar = MutableField(any, "scalar");
        SetText(scalar, "text", node.text);
        scalar->GetReflection()->SetBool(scalar, FieldOf(*scalar, "quoted"), node.quoted);
        break;
      }
      case Kind::kSequence: {
        Message* list = MutableField(any, "list");
        for (std::size_t i = 0; i < node.items.size(); ++i) {
          ReadAny(node.items[i], at.Item(i), AddTo(list, "items"));
        }
        break;
      }
      case Kind::kMapping: {
        Message* object = MutableField(any, "object");
        for (const YamlMember& member : node.members) {
          Message* target = AddTo(object, "members");
          SetText(target, "key", member.key);
          ReadAny(member.value, at.Member(member.key), MutableField(target, "value"));
        }
        break;
      }
      case Kind::kRefused:
        break;
    }
  }

  SourceMap* const places_;
  Diagnostics* const diagnostics_;
};

}  // namespace

void MapToProto(const YamlNode& root, Message* message, SourceMap* places, Diagnostics* diagnostics,
                absl::string_view path) {
  Mapper(places, diagnostics).ReadRoot(root, path, message);
}

}  // namespace sessionbroker::config

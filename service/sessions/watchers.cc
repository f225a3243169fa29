#include "service/sessions/watchers.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "service/sessions/lifetime.h"

namespace sessionbroker::sessions {
namespace {

// So many are told without a break: about a millisecond's work.
constexpr std::size_t kAtOnce = 64;

}  // namespace

Watchers::Watchers(const Surroundings* surroundings, std::function<void()> look_again)
    : surroundings_(surroundings), look_again_(std::move(look_again)) {}

void Watchers::Add(std::shared_ptr<Subscription> subscription) {
  // Stands among those whose turn comes yet, where these go round over the end.
  if (next_ + left_ > all_.size()) ++left_;
  subscription->place_ = all_.size();
  all_.push_back(std::move(subscription));
  if (settled_) {
    all_.back()->Offer(shown_);
  } else {
    untold_ = true;
  }
}

bool Watchers::Remove(Subscription* subscription) {
  if (!subscription->place_.has_value()) return false;
  const std::size_t place = *std::exchange(subscription->place_, std::nullopt);
  const std::shared_ptr<Subscription> removed = std::exchange(all_[place], all_.back());
  all_.pop_back();
  if (place < all_.size()) {
    all_[place]->place_ = place;
    // Its turn may have gone by now.
    if (left_ > 0) all_[place]->Offer(shown_);
  }
  left_ = std::min(left_, all_.size());
  if (next_ >= all_.size()) next_ = 0;
  return true;
}

void Watchers::Show(View view) {
  const base::BootTime now = surroundings_->clock->BootNow();
  settled_ = !std::holds_alternative<Unsettled>(view);
  base::BootTime look_again = base::BootTime::InfiniteFuture();
  if (const auto* session = std::get_if<SessionPtr>(&view)) look_again = (*session)->expires_at;
  bool is_news = settled_ && (shown_ == nullptr || !TellTheSame(shown_->view, view));
  if (is_news && shown_ != nullptr && IsExtension(shown_->view, view)) {
    const base::BootTime due = std::min(shown_at_ + kBetweenExtensions,
                                        MandatoryFrom(*std::get<SessionPtr>(shown_->view)));
    if (now < due) {
      is_news = false;
      look_again = due;
    }
  }
  LookAgainAt(look_again);
  if (is_news) {
    shown_ = StateOf(std::move(view));
    shown_at_ = now;
  }
  if (is_news || (settled_ && untold_)) Tell();
}

void Watchers::End(const absl::Status& status) {
  LookAgainAt(base::BootTime::InfiniteFuture());
  next_ = 0;
  left_ = 0;
  std::vector<std::shared_ptr<Subscription>> all;
  all.swap(all_);
  for (const std::shared_ptr<Subscription>& subscription : all) {
    subscription->place_ = std::nullopt;
    subscription->End(status);
  }
}

WatchStatePtr Watchers::StateOf(View view) const {
  auto state = std::make_shared<WatchState>();
  if (const auto* session = std::get_if<SessionPtr>(&view)) {
    state->encoded = std::shared_ptr<const std::string>(*session, &(*session)->encoded);
  } else {
    state->encoded =
        std::make_shared<const std::string>(surroundings_->outage_encoder(std::get<Outage>(view)));
  }
  state->view = std::move(view);
  return state;
}

void Watchers::Tell() {
  untold_ = false;
  const bool is_telling = left_ > 0;
  left_ = all_.size();
  if (is_telling || left_ == 0) return;
  surroundings_->scheduler->Post([weak = weak_from_this()] {
    if (const std::shared_ptr<Watchers> self = weak.lock()) self->TellSome();
  });
}

void Watchers::TellSome() {
  for (std::size_t told = 0; told < kAtOnce && left_ > 0; ++told, --left_) {
    all_[next_]->Offer(shown_);
    if (++next_ >= all_.size()) next_ = 0;
  }
  if (left_ == 0) return;
  surroundings_->scheduler->Post([weak = weak_from_this()] {
    if (const std::shared_ptr<Watchers> self = weak.lock()) self->TellSome();
  });
}

void Watchers::LookAgainAt(base::BootTime due) {
  surroundings_->scheduler->Cancel(timer_);
  timer_ = 0;
  if (due == base::BootTime::InfiniteFuture()) return;
  timer_ = surroundings_->scheduler->RunAfter(
      due - surroundings_->clock->BootNow(), [weak = weak_from_this()] {
        if (const std::shared_ptr<Watchers> self = weak.lock()) self->look_again_();
      });
}

}  // namespace sessionbroker::sessions

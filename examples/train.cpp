// train.cpp - regression on a table in memory, from C++17: objects free themselves, failures throw.
//     c++ -std=c++17 train.cpp -o train_cpp $(pkg-config --cflags --libs onecycle) && ./train_cpp
#include <onecycle/onecycle.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

template <auto release> struct Free {
    template <typename T> void operator()(T *object) const { release(object); }
};
using Job = std::unique_ptr<onecycle_job, Free<onecycle_job_close>>;
using Recipe = std::unique_ptr<onecycle_recipe, Free<onecycle_recipe_free>>;
using Data = std::unique_ptr<onecycle_data, Free<onecycle_data_free>>;
using Model = std::unique_ptr<onecycle_model, Free<onecycle_model_free>>;

// One of the calls that make an object.
template <typename Pointer, typename Call, typename... Arguments>
Pointer make(Call call, Arguments... arguments)
{
    typename Pointer::pointer object = nullptr;
    if (call(&object, arguments...) != ONECYCLE_OK)
        throw std::runtime_error(onecycle_message());
    return Pointer(object);
}

const char recipe_text[] = "model: {name: mlp, hidden: [32]}\n"
                           "data: {validation: 0.2}\n"
                           "batch: {size: 32}\n"
                           "train: {epochs: 20}\n"
                           "optimizer: adam\n"
                           "schedule: {max_lr: 0.01}\n";

} // namespace

int main()
try {
    std::vector<float> inputs;
    std::vector<double> targets;
    for (int i = 0; i < 1000; i++) {
        const double x = i * 0.37 - 50 * std::floor(i * 0.37 / 50), y = i * 0.01;
        inputs.insert(inputs.end(), {static_cast<float>(x), static_cast<float>(y)});
        targets.push_back(100 + 3 * x + 2 * y);
    }
    const onecycle_arrays samples = {targets.size(), inputs.data(), nullptr, targets.data()};
    const int shape[3] = {2, 1, 1};

    const auto job = make<Job>(onecycle_job_open);
    const auto recipe = make<Recipe>(onecycle_recipe_parse, recipe_text);
    const auto data = make<Data>(onecycle_data_from_arrays, shape, 1, &samples, nullptr);
    const auto model = make<Model>(onecycle_train, job.get(), recipe.get(), data.get(), nullptr);

    const float sample[2] = {10, 5};
    float said = 0;
    if (onecycle_predict(model.get(), 1, sample, &said) != ONECYCLE_OK)
        throw std::runtime_error(onecycle_message());
    if (onecycle_job_rank(job.get()) == 0)
        std::printf("predicted %.1f, expected 140\n", static_cast<double>(said));
    return 0;
} catch (const std::exception &failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
}

using System.Globalization;
using Graft.Formats;
using Graft.Tensors;
using Graft.Training;
using Graft.Training.Optimizers;

namespace Graft.Vision.Stylization;

/// <summary>The file that the training of a style is kept in: a safetensors file of weights and of what the optimizer remembers.</summary>
internal static class StyleCheckpoint
{
    private const string Format = "graft-style-checkpoint", WeightPrefix = "weight.", OptimizerPrefix = "optimizer.";

    public static void Write(string path, string settings, long step, TrainingPlan plan, Optimizer optimizer) => Safetensors.Write(
        path,
        [
            .. plan.Weights.Select(weight => KeyValuePair.Create(WeightPrefix + weight.Name, weight.Value)),
            .. plan.Buffers.Select(buffer => KeyValuePair.Create(WeightPrefix + buffer.Key, buffer.Value)),
            .. optimizer.State.OrderBy(state => state.Key, StringComparer.Ordinal).Select(state => KeyValuePair.Create(OptimizerPrefix + state.Key, state.Value)),
        ],
        new Dictionary<string, string> { ["format"] = Format, ["settings"] = settings, ["step"] = step.ToString(CultureInfo.InvariantCulture) });

    /// <summary>Goes on from a checkpoint; the steps that it has behind it.</summary>
    /// <exception cref="GraftException">The file is no checkpoint, or of another training.</exception>
    public static long Restore(string path, string settings, TrainingPlan plan, Optimizer optimizer)
    {
        TensorFile file = Safetensors.Read(path);
        if (file.Metadata.GetValueOrDefault("format") != Format || !long.TryParse(file.Metadata.GetValueOrDefault("step"), NumberStyles.None, CultureInfo.InvariantCulture, out long step))
            throw new GraftException($"'{path}' is not the state of a style's training. Name another file, or delete it to start again.");
        if (file.Metadata.GetValueOrDefault("settings") != settings)
            throw new GraftException($"The state in '{path}' is of a training with other options, pictures or another style. Give the same ones to go on, or delete it to start again.");
        foreach (TrainedWeight weight in plan.Weights) Find(file, path, weight.Name).CopyTo(weight.Value.Span);
        foreach ((string name, Tensor buffer) in plan.Buffers) Find(file, path, name).CopyTo(buffer.Span);
        optimizer.Restore(file.Tensors.Where(t => t.Key.StartsWith(OptimizerPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[OptimizerPrefix.Length..], t => t.Value), step);
        plan.WeightsChanged();
        return step;
    }

    private static Span<float> Find(TensorFile file, string path, string name) => file.Tensors.TryGetValue(WeightPrefix + name, out Tensor? tensor)
        ? tensor.Span
        : throw new GraftException($"The state in '{path}' has no weight '{name}'. Delete it to start again.");
}

using Graft.Formats;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.FineTuning;

/// <summary>Drawn flowers, and a small trunk whose statistics say that it learned something once.</summary>
public sealed class SmallSet : IDisposable
{
    public const int Side = 48;

    public SmallSet()
    {
        SampleFlowers.Write(Folder, new SampleFlowerOptions { ImagesPerClass = 12, Size = 64, Seed = 3 });
        Untrained = new Model(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = Side }), seed: 1)) { Preprocessing = Preprocessing.Centered with { Resolution = Side } };
        Trunk = Untrained with
        {
            Network = new Network(Untrained.Network.Graph, Untrained.Network.Weights.ToDictionary(
                w => w.Key, w => w.Key.EndsWith(".running_var", StringComparison.Ordinal) ? new Tensor(w.Value.Shape, [.. Enumerable.Repeat(0.5f, w.Value.Span.Length)]) : w.Value)),
        };
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("graft-tuning-").FullName;

    public Model Untrained { get; }

    public Model Trunk { get; }

    internal static FineTunerOptions Options => new()
    {
        Readout = new ReadoutTrainerOptions { Cache = null, Seed = 5, Holdout = 0.25, Threads = 2 },
        Epochs = 4,
        Batch = 16,
        LearningRate = 1e-3,
        CheckpointInterval = TimeSpan.FromHours(1),
    };

    internal static byte[] Bytes(Model model)
    {
        using MemoryStream stream = new();
        ModelFile.Save(model, stream);
        return stream.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Does something at each report.</summary>
    internal sealed class Hook(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}

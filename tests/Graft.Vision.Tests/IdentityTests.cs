using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Graft.Readouts;
using Graft.Training;
using Graft.Training.Optimizers;
using Graft.Vision.Augmentation;
using Graft.Vision.Distillation;
using Graft.Vision.FineTuning;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Stylization;

namespace Graft.Vision.Tests;

/// <summary>What a training is: all of its options, but for those that change nothing in the result.</summary>
public sealed class IdentityTests
{
    // Written down once more: who marks an option as one that may differ on going on, says so here too.
    private static readonly string[] MayDiffer = ["Cache", "Checkpoint", "CheckpointInterval", "Threads", "Time"];

    [Fact]
    public void EveryOptionOfEveryTaskIsInIt()
    {
        AssertComplete(FineTuneJson.Default.FineTunerOptions, new FineTunerOptions { Augmentation = All });
        AssertComplete(FineTuneJson.Default.FineTunerOptions, new FineTunerOptions { Optimizer = new SgdOptions(), Readout = new ReadoutTrainerOptions { ClassWeights = ClassWeights.Explicit(1, 2) } });
        AssertComplete(FineTuneJson.Default.FineTunerOptions, new FineTunerOptions { Optimizer = new LambOptions() });
        AssertComplete(DistillJson.Default.DistillerOptions, new DistillerOptions { Augmentation = All });
        AssertComplete(StyleJson.Default.StyleTrainerOptions, new StyleTrainerOptions());
    }

    [Fact]
    public void OptionsOfOptionsCount()
    {
        string usual = Identity(new FineTunerOptions());
        FineTunerOptions[] others =
        [
            new() { Readout = new ReadoutTrainerOptions { ClassWeights = ClassWeights.Explicit(1, 2) } },
            new() { Readout = new ReadoutTrainerOptions { ClassWeights = ClassWeights.Explicit(1, 3) } },
            new() { Readout = new ReadoutTrainerOptions { Kind = ReadoutKind.Logistic } },
            new() { Optimizer = new AdamWOptions() },
            new() { Optimizer = new LambOptions { GradientLimit = 5 } },
            new() { Augmentation = new AugmentationOptions { Crop = new RandomCrop { Scale = new Interval(0.34, 1) } } },
            new() { MirroredViews = true },
        ];
        Assert.Equal(others.Length + 1, others.Select(Identity).Append(usual).Distinct().Count());
        Assert.Equal(usual, Identity(new() { Readout = new ReadoutTrainerOptions { Threads = 3, Cache = null }, Checkpoint = "elsewhere", CheckpointInterval = TimeSpan.Zero }));

        static string Identity(FineTunerOptions options) => JsonSerializer.Serialize(options, FineTuneJson.Default.FineTunerOptions);
    }

    private static AugmentationOptions All => new() { RandAugment = new RandAugment(), Erasing = new RandomErasing(), Mixing = new BatchMixing() };

    private static void AssertComplete<T>(JsonTypeInfo<T> json, T options)
        where T : TrainerOptions
    {
        using JsonDocument document = JsonDocument.Parse(JsonSerializer.Serialize(options, json));
        AssertComplete(options, document.RootElement, typeof(T).Name);
    }

    private static void AssertComplete(object options, JsonElement json, string name)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            bool mayDiffer = property.IsDefined(typeof(JsonIgnoreAttribute));
            Assert.True(mayDiffer == MayDiffer.Contains(property.Name), $"{name}.{property.Name}");
            if (mayDiffer) continue;
            Assert.True(json.TryGetProperty(property.Name, out JsonElement inner), $"{name}.{property.Name}");
            if (property.GetValue(options) is { } value && value.GetType().Namespace!.StartsWith("Graft", StringComparison.Ordinal) && !value.GetType().IsEnum) AssertComplete(value, inner, $"{name}.{property.Name}");
        }
    }
}

using Graft.Vision.Features;
using Graft.Vision.Folders;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Samples;

/// <summary>The plain set is hard enough to mean something: colour hints at the kind and does not decide it, random convolutions see more, and not everything.</summary>
public sealed class DifficultyTests : IDisposable
{
    private const int Seeds = 5;

    private readonly string root = Directory.CreateTempSubdirectory("graft-difficulty-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void ColourHistogramsStayUnderSixTenthsAndARandomTrunkIsAbove()
    {
        string images = Path.Combine(root, "images");
        SampleFlowers.Write(images, new SampleFlowerOptions(), cancellation: TestContext.Current.CancellationToken);
        ImageFolder folder = ImageFolder.Scan(images);

        // Chance is 0.2.
        Assert.InRange(Enumerable.Range(0, Seeds).Average(seed => Histograms(folder, (ulong)seed)), 0.25, 0.6);
        Assert.InRange(Enumerable.Range(0, Seeds).Average(seed => RandomConvolutions(folder, (ulong)seed)), 0.6, 0.95);
    }

    private double RandomConvolutions(ImageFolder folder, ulong seed)
    {
        ReadoutTrainerOptions options = new() { Seed = seed, Cache = new FeatureCache(Path.Combine(root, "cache")) };
        return ReadoutTrainer.Train(RandomTrunk.Make(), folder, options: options, cancellation: TestContext.Current.CancellationToken).Validation!.Top1;
    }

    private static double Histograms(ImageFolder folder, ulong seed)
    {
        ImageSplit split = folder.Split(0.2, seed);
        return ColourHistograms.Top1(folder.Classes.Count, split.Training, split.Validation);
    }
}

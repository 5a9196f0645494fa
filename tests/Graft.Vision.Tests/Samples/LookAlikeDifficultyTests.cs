using Graft.Formats;
using Graft.Models;
using Graft.Vision.ReadoutTraining;
using Graft.Vision.Samples;

namespace Graft.Vision.Tests.Samples;

/// <summary>The look-alike flowers are a task: colours say nothing, the builtin trunk's readout says much and not all, and finds the labels that are wrong.</summary>
public sealed class LookAlikeDifficultyTests : IDisposable
{
    private static readonly LookAlikeOptions Set = new() { ImagesPerClass = 100, HeldOutPerClass = 40, Size = 224 };

    private readonly string root = Directory.CreateTempSubdirectory("graft-look-alike-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void TheReadoutIsGoodAndNotPerfectAndDisputesWrongLabels()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        LookAlikeFlowers.Write(root, Set, cancellation: cancel);
        ImageFolder train = ImageFolder.Scan(Path.Combine(root, LookAlikeFlowers.TrainFolder)), heldOut = ImageFolder.Scan(Path.Combine(root, LookAlikeFlowers.HeldOutFolder));
        ReadoutResult result = ReadoutTrainer.Train(BuiltinTrunks.Load(), train, heldOut, new ReadoutTrainerOptions { Cache = null }, cancellation: cancel);
        // Chance is 0.2. There is room above for fine-tuning, whatever a machine's rounding is.
        Assert.InRange(result.Validation!.Top1, 0.8, 0.93);
        Assert.InRange(ColourHistograms.Top1(train.Classes.Count, train.Items, heldOut.Items), 0.1, 0.35);

        HashSet<string> wrong = [.. LookAlikeFlowers.Mislabelled(Set).Select(m => m.Path["train/".Length..])];
        Assert.Equal(15, wrong.Count);
        Assert.InRange(result.Disputed.Count, 5, 40);
        Assert.All(result.Disputed, d => Assert.NotEqual(d.Predicted, d.Item.Label));
        int found = result.Disputed.Take(10).Count(d => wrong.Contains(d.Item.RelativePath));
        Assert.True(found >= 5, $"{found} of the ten most disputed labels are wrong ones");
    }
}

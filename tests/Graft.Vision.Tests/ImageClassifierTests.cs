using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;

namespace Graft.Vision.Tests;

public sealed class ImageClassifierTests
{
    [Fact]
    public async Task ADisposedClassifierDoesNothingMore()
    {
        Model model = new(Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(3), 1)) { Preprocessing = new Preprocessing { Resolution = 32 } };
        using RgbImage image = new(40, 40, new byte[40 * 40 * 3]);
        ImageClassifier classifier = new(model, threads: 1);
        float[] expected = classifier.Logits(image);

        // Calls that are under way end as usual.
        Task[] calls = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            try
            {
                while (true) Assert.Equal(expected, classifier.Logits(image));
            }
            catch (ObjectDisposedException)
            {
                // As it must be from here on.
            }
        }))];
        await Task.Delay(20, TestContext.Current.CancellationToken);
        classifier.Dispose();
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Throws<ObjectDisposedException>(() => classifier.Logits(image));
        Assert.Throws<ObjectDisposedException>(() => classifier.Classify(image));
        Assert.Throws<ObjectDisposedException>(() => classifier.Classify("missing.jpg"));
        Assert.Throws<ObjectDisposedException>(() => classifier.Classify([1, 2, 3]));
        classifier.Dispose();

        ImageNetwork network = new(model, threads: 1);
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Run(["missing.jpg"], cancellation: TestContext.Current.CancellationToken).ToList());
    }
}

using Graft.Vision.Decoding;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Decoding;

/// <summary>One budget of decoded bytes for all threads.</summary>
public sealed class DecodeBudgetTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhatDoesNotFitWaitsItsTurn()
    {
        DecodeBudget budget = new(100);
        budget.Take(70);
        Task large = Task.Run(() => budget.Take(60), Cancel);
        Assert.NotSame(large, await Task.WhenAny(large, Task.Delay(200, Cancel)));

        // It would fit, and must not go before what came first.
        Task small = Task.Run(() => budget.Take(20), Cancel);
        Assert.NotSame(small, await Task.WhenAny(small, Task.Delay(200, Cancel)));
        budget.GiveBack(70);
        await Task.WhenAll(large, small).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(80, budget.Peak);
    }

    [Fact]
    public async Task AImageLargerThanTheBudgetGoesAlone()
    {
        DecodeBudget budget = new(100);
        using (DecodeLease lease = new(budget))
        {
            lease.Take(1000);

            // A lease is taken once.
            lease.Take(1000);
            Task other = Task.Run(() => budget.Take(1), Cancel);
            Assert.NotSame(other, await Task.WhenAny(other, Task.Delay(200, Cancel)));
            lease.Dispose();
            await other.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        }

        Assert.Equal(1000, budget.Peak);
    }

    [Fact]
    public void ThreadsThatLoadShareTheBudget()
    {
        using TemporaryFolder folder = new();
        using RgbImage image = TestImage.Make(400, 300, "smooth");
        byte[] png = image.ToPng();
        string[] paths = [.. Enumerable.Range(0, 24).Select(i => folder.Write($"{i}.png", png))];
        long each = png.Length + (400 * 300 * 4);
        DecodeBudget budget = new((2 * each) + 1000);
        ImagePreprocessor preprocessor = new(new Preprocessing { Resolution = 32 });
        ImageLoader loader = new(preprocessor, new ImageLoaderOptions { Threads = 8, BatchSize = 4, Budget = budget });
        Assert.Equal(24, loader.Load(paths, cancellation: Cancel).Sum(batch => batch.Decoded));
        Assert.InRange(budget.Peak, each, 2 * each);
    }
}

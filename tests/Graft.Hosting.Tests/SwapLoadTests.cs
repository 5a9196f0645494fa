using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Graft.Vision;
using Microsoft.Extensions.Logging.Abstractions;

namespace Graft.Hosting.Tests;

/// <summary>Many swaps while many threads classify: no call fails, every answer is one of a model's, and what was served before is gone.</summary>
[Collection(nameof(SwapLoadTests))]
[CollectionDefinition(nameof(SwapLoadTests), DisableParallelization = true)]
public sealed class SwapLoadTests : IDisposable
{
    private const int WarmUp = 10;

    private readonly Models models = new();
    private long calls, failed, wrong;

    /// <summary>How many swaps: 100, or as many as the environment's GRAFT_SWAPS says.</summary>
    private static int Swaps => int.TryParse(Environment.GetEnvironmentVariable("GRAFT_SWAPS"), CultureInfo.InvariantCulture, out int swaps) ? swaps : 100;

    [Fact]
    public async Task SwapsLoseNoCallAndKeepNoMemory()
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true, milliseconds: 2);
        float[] a = models.Logits(models.A), b = models.Logits(models.B);
        using CancellationTokenSource stop = new();
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() => Call(host.Classifier, a, b, stop.Token)))];
        foreach (Thread thread in threads) thread.Start();

        List<WeakReference> old = [];
        long before = 0, peak = 0, callsBefore = 0;
        Stopwatch watch = Stopwatch.StartNew();
        for (int i = 0; i < WarmUp + Swaps; i++)
        {
            if (i == WarmUp)
            {
                before = Memory();
                callsBefore = Interlocked.Read(ref calls);
                watch.Restart();
            }

            old.Add(Weak(host.Classifier));
            long next = host.Classifier.Served.Number + 1;
            byte[] content = i % 2 == 0 ? models.B : models.A;
            if (i % 10 == 3)
            {
                // In between something that is no model.
                models.Replace(content.AsSpan(0, content.Length / 3));
                await TestHost.Until(() => host.Classifier.Failure is not null, "the failure");
            }

            if (i % 5 == 4) File.WriteAllBytes(models.Served, content);
            else models.Replace(content);
            await TestHost.Until(() => host.Classifier.Served.Number == next, $"model {next}");
            peak = Math.Max(peak, Environment.WorkingSet);
        }

        TimeSpan took = watch.Elapsed;
        long during = Interlocked.Read(ref calls) - callsBefore;
        long after = Memory();
        await stop.CancelAsync();
        foreach (Thread thread in threads) thread.Join();
        int alive = old.Count(reference => reference.IsAlive);
        TestContext.Current.SendDiagnosticMessage(
            $"{Swaps} swaps in {took.TotalSeconds:0.0} s, {during} calls, {failed} failed, {wrong} wrong; memory {before >> 20} MB before, {after >> 20} MB after, {peak >> 20} MB at most; {alive} of {old.Count} old models in memory");

        Assert.Equal((0, 0), (failed, wrong));
        Assert.True(during > Swaps, $"{during} calls");
        Assert.InRange(alive, 0, 1);

        // A model is about 5 MB in memory: kept ones would add up to far more.
        Assert.True(after < before + (60L << 20), $"{before >> 20} MB before, {after >> 20} MB after");
        await host.Stop();
    }

    [Fact]
    public void LoadsAndDisposesKeepNoMemory()
    {
        long before = 0;
        for (int i = 0; i < WarmUp + 200; i++)
        {
            if (i == WarmUp) before = Memory();
            ImageClassifierOptions options = new() { Path = models.Served, ReloadOnChange = true };
            using HostedImageClassifier classifier = new("", options, NullLogger.Instance);
            classifier.Classify(models.Image);
        }

        long after = Memory();
        TestContext.Current.SendDiagnosticMessage($"200 loads and disposes: {before >> 20} MB before, {after >> 20} MB after");
        Assert.True(after < before + (60L << 20), $"{before >> 20} MB before, {after >> 20} MB after");
    }

    public void Dispose() => models.Dispose();

    private static long Memory()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return Environment.WorkingSet;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Weak(IImageClassifier classifier) => classifier.Use(served => new WeakReference(served));

    private void Call(IImageClassifier classifier, float[] a, float[] b, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                float[] logits = classifier.Use(served => served.Logits(models.Image));
                if (!logits.AsSpan().SequenceEqual(a) && !logits.AsSpan().SequenceEqual(b)) Interlocked.Increment(ref wrong);
                IReadOnlyList<Prediction> predictions = i % 2 == 0 ? classifier.Classify(models.Image) : classifier.Classify(models.ImageFile);
                if (predictions.Count != 3) Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref calls);
            }
            catch (Exception)
            {
                Interlocked.Increment(ref failed);
            }
        }
    }
}

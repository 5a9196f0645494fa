using Graft.Vision;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Graft.Hosting.Tests;

/// <summary>A file that changes takes the place of what is served, or does not and says why.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly Models models = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFileThatIsReplacedOrOverwrittenIsServed(bool isReplaced)
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true);
        Assert.Equal(models.Logits(models.A), Logits(host));
        if (isReplaced) models.Replace(models.B);
        else File.WriteAllBytes(models.Served, models.B);
        await TestHost.Until(() => host.Classifier.Served.Number == 2, "the second model");
        Assert.Equal(models.Logits(models.B), Logits(host));
        await host.Stop();
    }

    [Fact]
    public async Task WithoutTheOptionOnlyACallLoadsTheFile()
    {
        TestHost host = await TestHost.Serve(models.Served);
        models.Replace(models.B);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(models.Logits(models.A), Logits(host));
        Assert.Equal(2, host.Classifier.Reload().Number);
        Assert.Equal(models.Logits(models.B), Logits(host));

        File.WriteAllText(models.Served, "broken");
        GraftException e = Assert.Throws<GraftException>(host.Classifier.Reload);
        Assert.StartsWith($"The image classifier cannot be served: {models.Served}", e.Message);
        Assert.EndsWith(host.Classifier.Failure!.Reason, e.Message);
        Assert.Equal(models.Logits(models.B), Logits(host));
        await host.Stop();
    }

    [Fact]
    public async Task ABrokenFileKeepsTheModelAndTheHealthCheckSaysSo()
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true);
        HealthReportEntry health = await host.Health();
        ServedModel first = host.Classifier.Served;
        Assert.Equal((HealthStatus.Healthy, $"{models.Served}, loaded at {first.LoadedAt:u}, 3 labels."), (health.Status, health.Description));
        Assert.Equal((models.Served, first.Sha256, first.LoadedAt, 1L), (health.Data["file"], health.Data["sha256"], health.Data["loaded_at"], health.Data["number"]));
        Assert.Equal(["daisy", "rose", "tulip"], Assert.IsType<string[]>(health.Data["labels"]));

        models.Replace(models.A.AsSpan(0, models.A.Length / 2));
        await TestHost.Until(() => host.Classifier.Failure is not null, "the failure");
        health = await host.Health();
        Assert.Equal((HealthStatus.Degraded, $"What was loaded at {first.LoadedAt:u} is served on: {host.Classifier.Failure!.Reason}"), (health.Status, health.Description));
        Assert.StartsWith($"{models.Served}: ", host.Classifier.Failure.Reason);
        Assert.Equal(host.Classifier.Failure.At, health.Data["failed_at"]);
        Assert.Same(first, host.Classifier.Served);
        Assert.Equal(models.Logits(models.A), Logits(host));

        // Said once, however often it is looked at.
        await Task.Delay(50, TestContext.Current.CancellationToken);
        (LogLevel Level, string Text) error = Assert.Single(host.Logged, entry => entry.Level == LogLevel.Error);
        Assert.EndsWith(host.Classifier.Failure.Reason, error.Text);

        models.Replace(models.B);
        await TestHost.Until(() => host.Classifier.Failure is null, "no failure");
        Assert.Equal(HealthStatus.Healthy, (await host.Health()).Status);
        Assert.Equal(models.Logits(models.B), Logits(host));
        Assert.Equal(2, host.Classifier.Served.Number);
        await host.Stop();
    }

    [Fact]
    public async Task AFileThatIsGoneIsToldUntilItIsBack()
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true);
        File.Delete(models.Served);
        await TestHost.Until(() => host.Classifier.Failure is not null, "the failure");
        Assert.Contains(models.Served, host.Classifier.Failure!.Reason);
        Assert.Equal(models.Logits(models.A), Logits(host));

        models.Replace(models.A);
        await TestHost.Until(() => host.Classifier.Failure is null, "no failure");
        Assert.Equal(1, host.Classifier.Served.Number);
        Assert.Contains(host.Logged, entry => entry.Text == $"{models.Served} holds what is served: its content is the same.");
        await host.Stop();
    }

    [Fact]
    public async Task OtherLabelsAreServedAndTold()
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true);
        models.Replace(Models.Content(Models.Make(5, "apple", "pear")));
        await TestHost.Until(() => host.Classifier.Served.Number == 2, "the second model");
        Assert.Equal(["apple", "pear"], host.Classifier.Labels);
        Assert.Equal(["apple", "pear"], host.Classifier.Classify(models.Image).Select(p => p.Label).Order());
        await TestHost.Until(() => host.Logged.Any(entry => entry == (LogLevel.Warning, $"The labels of {models.Served} changed: daisy, rose, tulip before, apple, pear now.")), "the warning");
        await host.Stop();
    }

    [Fact]
    public void AFileIsLoadedOnlyWhenItRests()
    {
        using ModelSwap swap = Swap(out FileWatch watch);
        using FileWatch looking = watch;
        using (FileStream file = new(models.Served, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            for (int i = 0, piece = models.B.Length / 8; i < models.B.Length; i += piece)
            {
                file.Write(models.B, i, Math.Min(piece, models.B.Length - i));
                file.Flush();
                watch.Look();
                Assert.Equal((1, null), (swap.Model.Number, swap.Failure));
            }
        }

        watch.Look();
        Assert.Equal((2, null), (swap.Model.Number, swap.Failure));
    }

    [Fact]
    public void AFileThatIsAsLongAndAsOldIsAnother()
    {
        using ModelSwap swap = Swap(out FileWatch watch);
        using FileWatch looking = watch;
        DateTime written = File.GetLastWriteTimeUtc(models.Served);
        Assert.Equal(models.A.Length, models.B.Length);
        models.Replace(models.B);
        File.SetLastWriteTimeUtc(models.Served, written);
        watch.Look();
        watch.Look();
        Assert.Equal(2, swap.Model.Number);
    }

    [Fact]
    public void AFileThatIsTouchedIsNotServedAgain()
    {
        using ModelSwap swap = Swap(out FileWatch watch);
        using FileWatch looking = watch;
        File.SetLastWriteTimeUtc(models.Served, DateTime.UtcNow.AddHours(-1));
        watch.Look();
        watch.Look();
        Assert.Equal(1, swap.Model.Number);
    }

    [Fact]
    public void ALinkThatIsTurnedIsFollowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        string a = models.Write("a.graft", models.A), b = models.Write("b.graft", models.B);
        File.Delete(models.Served);
        File.CreateSymbolicLink(models.Served, a);
        using ModelSwap swap = Swap(out FileWatch watch);
        using FileWatch looking = watch;
        File.CreateSymbolicLink(models.Folder["link"], b);
        File.Move(models.Folder["link"], models.Served, overwrite: true);
        watch.Look();
        watch.Look();
        Assert.Equal(2, swap.Model.Number);
    }

    [Fact]
    public async Task ACallEndsWithTheModelThatItBeganWith()
    {
        TestHost host = await TestHost.Serve(models.Served);
        ImageClassifier? old = null;
        float[] logits = host.Classifier.Use(served =>
        {
            old = served;
            models.Replace(models.B);
            host.Classifier.Reload();
            Assert.Equal(models.Logits(models.B), Logits(host));
            return served.Logits(models.Image);
        });
        Assert.Equal(models.Logits(models.A), logits);
        Assert.Throws<ObjectDisposedException>(() => old!.Logits(models.Image));
        await host.Stop();
    }

    [Fact]
    public async Task AHostThatStopsLetsCallsEnd()
    {
        TestHost host = await TestHost.Serve(models.Served, reload: true);
        IImageClassifier classifier = host.Classifier;
        float[] logits = classifier.Use(served =>
        {
            host.Stop().GetAwaiter().GetResult();
            return served.Logits(models.Image);
        });
        Assert.Equal(models.Logits(models.A), logits);
        Assert.Throws<ObjectDisposedException>(() => classifier.Classify(models.Image));
        Assert.Throws<ObjectDisposedException>(() => classifier.Labels);
        Assert.Throws<ObjectDisposedException>(classifier.Reload);
    }

    public void Dispose() => models.Dispose();

    private float[] Logits(TestHost host) => host.Classifier.Use(served => served.Logits(models.Image));

    /// <summary>What is served, and a watch that looks when it is told to.</summary>
    private ModelSwap Swap(out FileWatch watch)
    {
        ModelSwap swap = new("The image classifier", models.Served, 1, new Measures(null, ""), TimeProvider.System, NullLogger.Instance);
        watch = new FileWatch(swap, models.Served, TimeSpan.FromHours(1), TimeProvider.System);
        return swap;
    }
}

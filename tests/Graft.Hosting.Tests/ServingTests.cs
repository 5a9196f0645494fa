using System.Security.Cryptography;
using Graft.Vision;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Graft.Hosting.Tests;

/// <summary>A host's classifier says what the file's classifier says.</summary>
public sealed class ServingTests(Models models) : IClassFixture<Models>
{
    private int same;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryWayToGiveAnImageGivesTheSamePredictions()
    {
        TestHost host = await TestHost.Start(services => services.AddImageClassifier(models.Served));
        IImageClassifier classifier = host.Classifier;
        using ImageClassifier direct = ImageClassifier.Load(models.Served, threads: 1);
        IReadOnlyList<Prediction> expected = direct.Classify(models.ImageFile);
        byte[] file = File.ReadAllBytes(models.ImageFile);

        Assert.Equal(direct.Logits(models.Image), classifier.Use(served => served.Logits(models.Image)));
        Assert.Equal(expected, classifier.Classify(models.Image));
        Assert.Equal(expected, classifier.Classify(models.ImageFile));
        Assert.Equal(expected, classifier.Classify(file));
        Assert.Equal(expected, classifier.Classify(new MemoryStream(file)));
        Assert.Equal(expected, await classifier.ClassifyAsync(new MemoryStream(file), cancellation: Cancel));
        Assert.Equal(expected.Take(2), classifier.Classify(models.Image, top: 2));
        Assert.Equal(["daisy", "rose", "tulip"], classifier.Labels);
        Assert.Equal("not an image", Assert.Throws<ImageException>(() => classifier.Classify("no image"u8)).Message);
        await host.Stop();
    }

    [Fact]
    public async Task TheServedModelIsDescribed()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;
        TestHost host = await TestHost.Start(services => services.AddImageClassifier(models.Served));
        ServedModel served = host.Classifier.Served;
        Assert.Equal((models.Served, Convert.ToHexStringLower(SHA256.HashData(models.A)), 1L), (served.Path, served.Sha256, served.Number));
        Assert.Equal(["daisy", "rose", "tulip"], served.Labels);
        Assert.InRange(served.LoadedAt, before, DateTimeOffset.UtcNow);
        Assert.Null(host.Classifier.Failure);
        await host.Stop();
    }

    [Fact]
    public async Task ClassifiersWithKeysStandBesideTheOneWithout()
    {
        string fruit = models.Write("fruit.graft", Models.Content(Models.Make(4, "apple", "pear")));
        TestHost host = await TestHost.Start(services => services
            .AddImageClassifier(models.Served)
            .AddKeyedImageClassifier("fruit", fruit)
            .AddKeyedImageClassifier("more", options => options.Path = fruit)
            .AddHealthChecks().AddImageClassifier().AddImageClassifier("fruit"));
        Assert.Equal(["daisy", "rose", "tulip"], host.Classifier.Labels);
        Assert.Equal(["apple", "pear"], host.Services.GetRequiredKeyedService<IImageClassifier>("fruit").Labels);
        Assert.NotSame(host.Services.GetRequiredKeyedService<IImageClassifier>("fruit"), host.Services.GetRequiredKeyedService<IImageClassifier>("more"));
        Assert.Equal(fruit, (await host.Health("image_classifier_fruit")).Data["file"]);
        Assert.Equal(models.Served, (await host.Health()).Data["file"]);
        await host.Stop();
    }

    [Fact]
    public async Task ARelativePathBeginsAtTheContentRoot()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = models.Folder.Path });
        builder.Services.AddImageClassifier("served.graft");
        using IHost host = builder.Build();
        await host.StartAsync(Cancel);
        Assert.Equal(models.Served, host.Services.GetRequiredService<IImageClassifier>().Served.Path);
    }

    [Fact]
    public void NoHostIsNeeded()
    {
        using ServiceProvider services = new ServiceCollection().AddImageClassifier(models.Served).AddImageClassifier(options => options.Threads = 2).BuildServiceProvider();
        IImageClassifier classifier = services.GetRequiredService<IImageClassifier>();
        Assert.Equal(models.Logits(models.A), classifier.Use(served => served.Logits(models.Image)));
    }

    [Fact]
    public async Task EightThreadsGetTheSameBits()
    {
        TestHost host = await TestHost.Serve(models.Served);
        float[] expected = models.Logits(models.A);
        IReadOnlyList<Prediction> predictions = host.Classifier.Classify(models.Image);
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                if (!expected.AsSpan().SequenceEqual(host.Classifier.Use(served => served.Logits(models.Image)))) return;
                if (!predictions.SequenceEqual(host.Classifier.Classify(models.ImageFile))) return;
                Interlocked.Increment(ref same);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(8 * 50, same);
        await host.Stop();
    }
}

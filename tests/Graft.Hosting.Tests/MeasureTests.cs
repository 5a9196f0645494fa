using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Graft.Vision;
using Microsoft.Extensions.DependencyInjection;

namespace Graft.Hosting.Tests;

/// <summary>What the meter counts.</summary>
public sealed class MeasureTests(Models models) : IClassFixture<Models>
{
    [Fact]
    public async Task CallsFailuresAndLoadsAreMeasured()
    {
        ConcurrentQueue<(string Instrument, double Value, string Tags)> measured = [];
        using MeterListener listener = new();
        string name = $"measured-{Guid.NewGuid():N}";
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Meter.Name == ModelMeter.Name) listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        listener.Start();

        TestHost host = await TestHost.Start(services => services.AddKeyedImageClassifier(name, models.Served).AddMetrics());
        IImageClassifier classifier = host.Services.GetRequiredKeyedService<IImageClassifier>(name);
        for (int i = 0; i < 3; i++) classifier.Classify(models.Image);
        Assert.Throws<ImageException>(() => classifier.Classify("no image"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => classifier.Classify(models.Image, top: 0));
        classifier.Reload();
        File.WriteAllText(models.Served, "broken");
        Assert.Throws<GraftException>(classifier.Reload);
        await host.Stop();

        Assert.Equal(3, Values("graft.classify.duration", "").Length);
        Assert.Single(Values("graft.classify.duration", "error.type=image"));
        Assert.All(Values("graft.classify.duration", ""), seconds => Assert.InRange(seconds, 1e-6, 60));
        Assert.Equal([1.0], Values("graft.classify.failures", "error.type=image"));
        Assert.Equal([1.0], Values("graft.classify.failures", "error.type=argument"));
        Assert.Equal([1.0], Values("graft.model.loads", "graft.load.cause=start"));
        Assert.Equal([1.0], Values("graft.model.loads", "graft.load.cause=call"));
        Assert.Equal([1.0], Values("graft.model.loads", "graft.load.cause=call, error.type=model"));
        Assert.Single(Values("graft.model.load.duration", "graft.load.cause=start"));
        Assert.Equal([1.0, 1.0, -1.0, -1.0], Values("graft.model.instances", ""));

        double[] Values(string instrument, string tags) => [.. measured.Where(m => m.Instrument == instrument && m.Tags == tags).Select(m => m.Value)];

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            KeyValuePair<string, object?>[] all = tags.ToArray();
            if (!all.Contains(new KeyValuePair<string, object?>("graft.classifier", name))) return;
            measured.Enqueue((instrument.Name, value, string.Join(", ", all.Where(tag => tag.Key != "graft.classifier").Select(tag => $"{tag.Key}={tag.Value}"))));
        }
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Vision;

namespace Graft.Hosting;

/// <summary>The instruments of one classifier. Without a factory of the host's, the meter is one of its own.</summary>
internal sealed class Measures : IDisposable
{
    private const string Error = "error.type";

    private readonly Meter meter;
    private readonly bool isOwn;
    private readonly KeyValuePair<string, object?> name;
    private readonly Histogram<double> duration, loadDuration;
    private readonly Counter<long> failures, loads;
    private readonly UpDownCounter<long> models;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">What makes the meter; null for a meter of one's own.</param>
    /// <param name="classifier">The classifier's name, empty for the one without.</param>
    public Measures(IMeterFactory? factory, string classifier)
    {
        isOwn = factory is null;
        meter = factory?.Create(ModelMeter.Name) ?? new Meter(ModelMeter.Name);
        name = new("graft.classifier", classifier.Length == 0 ? "default" : classifier);
        duration = meter.CreateHistogram("graft.classify.duration", "s", "How long images took, with decoding.", advice: Buckets(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5));
        failures = meter.CreateCounter<long>("graft.classify.failures", "{image}", "Images that were not classified, by the kind of reason.");
        loads = meter.CreateCounter<long>("graft.model.loads", "{load}", "Loads of the model's file, by what asked for them; with a kind of reason those that failed.");
        loadDuration = meter.CreateHistogram("graft.model.load.duration", "s", "How long loading took.", advice: Buckets(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30));
        models = meter.CreateUpDownCounter<long>("graft.model.instances", "{model}", "Models in memory: the one that is served, and older ones until their last call has ended.");
    }

    /// <summary>An image was classified, or was not.</summary>
    public void Classified(TimeSpan took, Exception? error)
    {
        TagList tags = [name];
        if (error is not null)
        {
            tags.Add(Error, Kind(error));
            failures.Add(1, tags);
        }

        duration.Record(took.TotalSeconds, tags);
    }

    /// <summary>A file was loaded, or could not be.</summary>
    public void Loaded(TimeSpan took, LoadCause cause, Exception? error)
    {
        TagList tags = [name, new("graft.load.cause", cause switch { LoadCause.Start => "start", LoadCause.Change => "change", _ => "call" })];
        if (error is not null) tags.Add(Error, Kind(error));
        loads.Add(1, tags);
        loadDuration.Record(took.TotalSeconds, tags);
    }

    /// <summary>A model came into memory.</summary>
    public void Came() => models.Add(1, name);

    /// <summary>A model has gone.</summary>
    public void Went() => models.Add(-1, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isOwn) meter.Dispose();
    }

    /// <summary>Few kinds, so that each is a series of its own.</summary>
    private static string Kind(Exception error) => error switch
    {
        ImageException => "image",
        GraftException => "model",
        IOException or UnauthorizedAccessException => "file",
        OperationCanceledException => "cancelled",
        ArgumentException => "argument",
        ObjectDisposedException => "stopped",
        _ => "other",
    };

    private static InstrumentAdvice<double> Buckets(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}

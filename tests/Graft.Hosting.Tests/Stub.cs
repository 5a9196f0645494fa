using System.Collections.Immutable;
using Graft.Vision;

namespace Graft.Hosting.Tests;

/// <summary>A classifier as a test of an application would have it.</summary>
internal sealed class Stub : IImageClassifier
{
    public ImmutableArray<string> Labels => ["stub"];

    public ServedModel Served => new("", "", default, 1, Labels);

    public ReloadFailure? Failure => null;

    public IReadOnlyList<Prediction> Classify(string path, int top = int.MaxValue) => [new("stub", 1)];

    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> file, int top = int.MaxValue) => [new("stub", 1)];

    public IReadOnlyList<Prediction> Classify(Stream stream, int top = int.MaxValue) => [new("stub", 1)];

    public IReadOnlyList<Prediction> Classify(RgbImage image, int top = int.MaxValue) => [new("stub", 1)];

    public Task<IReadOnlyList<Prediction>> ClassifyAsync(Stream stream, int top = int.MaxValue, CancellationToken cancellation = default) => Task.FromResult<IReadOnlyList<Prediction>>([new("stub", 1)]);

    public T Use<T>(Func<ImageClassifier, T> use) => throw new NotSupportedException();

    public ServedModel Reload() => Served;
}

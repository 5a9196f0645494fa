using Graft.Operations;

namespace Graft.Networks;

/// <summary>The head that every classifier here ends with: average over the image, then a dense layer.</summary>
public static class ClassifierHead
{
    /// <summary>The output of a trunk that a head is grafted onto: <c>[batch, channels]</c>.</summary>
    public const string Features = "features";

    /// <summary>The output of a head: <c>[batch, classes]</c>, before the softmax.</summary>
    public const string Logits = "logits";

    /// <summary>The name of the dense layer's node, as in timm.</summary>
    public const string Classifier = "classifier";

    private const string DropoutName = "dropout";

    /// <summary>The names of a head's nodes.</summary>
    internal static IReadOnlyList<string> Names { get; } = [DropoutName, Classifier];

    /// <summary>Grafts a head onto a trunk: dropout, then a dense layer from features to classes.</summary>
    /// <param name="trunk">A graph with an output <c>features</c>.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="dropout">The part of the features dropped in training.</param>
    /// <exception cref="NetworkException">The graph has no such output.</exception>
    public static Graph WithHead(this Graph trunk, int classes, float dropout = 0.2f)
    {
        GraphBuilder builder = new(trunk);
        string value = trunk.Output(Features).Value;
        if (dropout > 0) value = builder.Add(DropoutName, new Dropout(dropout), value);
        builder.Output(Logits, builder.Add(Classifier, new Dense(classes), value));
        return builder.Build();
    }
}

namespace Graft.Training.Losses;

/// <summary>What the outputs of a batch should have been: one class a row, or as many numbers a row as there are outputs.</summary>
public readonly ref struct Targets
{
    /// <summary>Classes.</summary>
    /// <param name="labels">The class of each row, from 0.</param>
    public Targets(ReadOnlySpan<int> labels)
    {
        Labels = labels;
        AreLabels = true;
    }

    /// <summary>Numbers.</summary>
    /// <param name="values">Probabilities, regression targets or a teacher's outputs <c>[rows, outputs]</c>.</param>
    public Targets(ReadOnlySpan<float> values) => Values = values;

    /// <summary>Whether each row has a class; otherwise it has numbers.</summary>
    public bool AreLabels { get; }

    /// <summary>The class of each row.</summary>
    public ReadOnlySpan<int> Labels { get; }

    /// <summary>The numbers <c>[rows, outputs]</c>.</summary>
    public ReadOnlySpan<float> Values { get; }
}

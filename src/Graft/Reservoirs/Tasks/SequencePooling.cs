namespace Graft.Reservoirs.Tasks;

/// <summary>What is made of the states along a sequence before it is classified.</summary>
public enum SequencePooling
{
    /// <summary>The mean over time: what the sequence is like.</summary>
    Mean,

    /// <summary>The last: where it ended.</summary>
    Last,

    /// <summary>The means over parts of equal length, one after the other: what it is like at its start, middle and end (Jaeger, Lukoševičius, Popovici, Siewert, Neural Networks 20, 2007, section 5.2).</summary>
    Segments,
}

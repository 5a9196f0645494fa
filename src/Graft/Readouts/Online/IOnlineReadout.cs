namespace Graft.Readouts;

/// <summary>A linear readout that learns from one sample at a time. For an intercept append a feature that is always 1. Not safe for use from many threads.</summary>
public interface IOnlineReadout
{
    /// <summary>The number of features.</summary>
    int Features { get; }

    /// <summary>The number of outputs.</summary>
    int Outputs { get; }

    /// <summary>The readout as it is now: a copy that does not change.</summary>
    LinearMap Map { get; }

    /// <summary>Writes the outputs for a row of features.</summary>
    /// <exception cref="ArgumentException">The sizes are not those of the readout.</exception>
    void Predict(ReadOnlySpan<double> features, Span<double> outputs);

    /// <summary>Learns from one sample.</summary>
    /// <exception cref="ArgumentException">The sizes are not those of the readout.</exception>
    /// <exception cref="GraftException">A value is not finite; nothing was learned.</exception>
    void Update(ReadOnlySpan<double> features, ReadOnlySpan<double> targets);
}

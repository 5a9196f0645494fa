namespace Graft.Vision.FineTuning;

/// <summary>A fine-tuning could not go on.</summary>
public sealed class FineTuneException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public FineTuneException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public FineTuneException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>The best model until then: of the best epoch, or the readout; null where there was none yet.</summary>
    public Model? LastGood { get; init; }
}

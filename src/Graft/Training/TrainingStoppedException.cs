namespace Graft.Training;

/// <summary>A training could not go on: a loss is not a number, or its state cannot be kept.</summary>
public sealed class TrainingStoppedException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public TrainingStoppedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an error with a message and its cause.</summary>
    public TrainingStoppedException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>The best model until then; null where there was none yet, or the task knows of none.</summary>
    public Model? LastGood { get; init; }
}

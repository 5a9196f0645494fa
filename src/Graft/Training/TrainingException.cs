namespace Graft.Training;

/// <summary>A network cannot be compiled for training, or a plan was called with what does not fit it.</summary>
public sealed class TrainingException : GraftException
{
    /// <summary>Makes an error with a message.</summary>
    public TrainingException(string message)
        : base(message)
    {
    }
}

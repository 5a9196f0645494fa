namespace Graft.Hosting;

/// <summary>What asked for a model to be loaded.</summary>
internal enum LoadCause
{
    /// <summary>The host starts.</summary>
    Start,

    /// <summary>The file has changed.</summary>
    Change,

    /// <summary>A call of <see cref="IImageClassifier.Reload"/>.</summary>
    Call,
}

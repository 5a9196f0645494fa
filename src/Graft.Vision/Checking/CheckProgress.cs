namespace Graft.Vision.Checking;

/// <summary>What a check is at.</summary>
public enum CheckStage
{
    /// <summary>Images are decoded and looked at, and their features computed.</summary>
    Images,

    /// <summary>Images whose features were known are looked at.</summary>
    Looks,

    /// <summary>Images that look alike are laid over each other.</summary>
    Copies,

    /// <summary>Labels and neighbours are compared.</summary>
    Labels,
}

/// <summary>How far a check has come.</summary>
/// <param name="Stage">What it is at.</param>
/// <param name="Completion">How much of that is done.</param>
public readonly record struct CheckProgress(CheckStage Stage, Completion Completion);

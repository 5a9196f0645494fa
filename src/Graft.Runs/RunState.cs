namespace Graft.Runs;

/// <summary>How a run stands.</summary>
public enum RunState
{
    /// <summary>A process is working on it.</summary>
    Running,

    /// <summary>It reached its end.</summary>
    Finished,

    /// <summary>The user stopped it; it can be resumed.</summary>
    Interrupted,

    /// <summary>It stopped with an error, which its message says.</summary>
    Failed,

    /// <summary>It was running, and its process is gone without a word: killed, or the machine went down. It can be resumed.</summary>
    Dead,
}

namespace Graft.Cli;

/// <summary>What the tool's exit codes mean.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongArguments = 2;
    public const int BadInput = 3;
    public const int Interrupted = 130;
}

/// <summary>The command line itself is wrong, beyond what its parser sees.</summary>
internal sealed class ArgumentsException(string message) : Exception(message);

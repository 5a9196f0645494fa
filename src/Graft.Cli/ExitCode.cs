using Graft.Training;

namespace Graft.Cli;

/// <summary>What the tool's exit codes mean.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongArguments = 2;
    public const int BadInput = 3;
    public const int Interrupted = 130;

    /// <summary>
    /// The exit code of an error. What the user gave and cannot be used, missing files among it, is bad input. Where the machine failed, a disk, a right, a device, a network,
    /// the same command may succeed once that is mended: it failed, whichever command it was and however the error was put into words.
    /// </summary>
    public static int Of(Exception error) => error switch
    {
        OperationCanceledException => Interrupted,
        ArgumentsException => WrongArguments,
        _ when IsMachine(error) => Failed,

        // The loss was not a number: neither images nor arguments are wrong in themselves.
        TrainingStoppedException => Failed,
        GraftException or FileNotFoundException or DirectoryNotFoundException => BadInput,
        _ => Failed,
    };

    /// <summary>Whether the machine failed: a disk, a right, a device, a network.</summary>
    public static bool IsMachine(Exception? error) => error switch
    {
        null => false,

        // The file is not there, or its contents end or make no sense: a matter of the input.
        FileNotFoundException or DirectoryNotFoundException or EndOfStreamException or InvalidDataException => false,
        IOException or UnauthorizedAccessException or HttpRequestException or TimeoutException => true,
        _ => IsMachine(error.InnerException),
    };
}

/// <summary>The command line itself is wrong, beyond what its parser sees.</summary>
internal sealed class ArgumentsException(string message) : Exception(message);

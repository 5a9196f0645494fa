using Microsoft.Extensions.Logging;

namespace Graft.Hosting;

/// <summary>What is logged.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Serving {Path} ({Sha256}, number {Number}) with {Labels} labels, loaded in {Seconds:0.000} s.")]
    public static partial void Serving(ILogger logger, string path, string sha256, long number, int labels, double seconds);

    [LoggerMessage(2, LogLevel.Error, "{Path} cannot be served; what was loaded at {LoadedAt} is served on: {Reason}")]
    public static partial void Kept(ILogger logger, Exception cause, string path, DateTimeOffset loadedAt, string reason);

    [LoggerMessage(3, LogLevel.Information, "{Path} holds what is served: its content is the same.")]
    public static partial void Same(ILogger logger, string path);

    [LoggerMessage(4, LogLevel.Warning, "The labels of {Path} changed: {Before} before, {Now} now.")]
    public static partial void LabelsChanged(ILogger logger, string path, string before, string now);
}

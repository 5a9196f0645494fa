using System.CommandLine;
using Graft.Cli.Output;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style</c>: pictures in the style of another.</summary>
internal static class StyleCommand
{
    public static Command Create(Terminal terminal) => new("style", "Learns the style of a picture, and gives it to others.") { StyleTrainCommand.Create(terminal), StyleApplyCommand.Create(terminal) };
}

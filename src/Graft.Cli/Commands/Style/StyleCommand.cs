using System.CommandLine;
using Graft.Cli.Output;

namespace Graft.Cli.Commands.Style;

/// <summary><c>graft style</c>: images in the style of another.</summary>
internal static class StyleCommand
{
    public static Command Create(Terminal terminal) => new("style", "Learns the style of an image, and gives it to others.") { StyleTrainCommand.Create(terminal), StyleApplyCommand.Create(terminal) };
}

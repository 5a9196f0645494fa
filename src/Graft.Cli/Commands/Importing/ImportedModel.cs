using Graft.Cli.Output;

namespace Graft.Cli.Commands.Importing;

/// <summary>A model from another program's file.</summary>
/// <param name="Model">The model.</param>
/// <param name="Report">What became of the file's contents, for people.</param>
/// <param name="AssumesPreprocessing">Whether the file does not say how images are prepared.</param>
internal sealed record ImportedModel(Model Model, string Report, bool AssumesPreprocessing)
{
    /// <summary>The warning that the preprocessing was assumed.</summary>
    /// <param name="file">The file.</param>
    /// <param name="model">The model made of it.</param>
    public static string Assumption(string file, Model model) =>
        $"{file} does not say how images are prepared. Assumed: {PreprocessingText.Of(model.Preprocessing)}. With another one its answers are worse or wrong: "
        + $"say it to graft import with --preset ({string.Join(", ", PreprocessingPresets.Names)}) or --mean, --std, --scale, --channels.";
}

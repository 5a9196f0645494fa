namespace Graft.Formats;

/// <summary>
/// The trunk that comes with Graft: MobileNetV2 0.35 at 224, trained by Graft to give the features of a network that was trained on ImageNet. Its card is docs/builtin-trunk.md.
/// </summary>
internal static class BuiltinTrunk
{
    private const string Resource = "Graft.Models.builtin.graft";

    /// <summary>The trunk, with the output <c>features</c> <c>[batch, 1280]</c>.</summary>
    public static Model Load()
    {
        using Stream stream = typeof(BuiltinTrunk).Assembly.GetManifestResourceStream(Resource)!;
        return ModelFile.Load(stream, "the builtin trunk");
    }
}

using System.Text.Json;

namespace Graft.Testing;

/// <summary>Files of reference numbers, which lie beside the scripts that made them.</summary>
public static class Fixture
{
    public static string Path(string folder, string file) => System.IO.Path.Combine(AppContext.BaseDirectory, folder, "Fixtures", file);

    public static JsonElement Json(string folder, string file) => JsonDocument.Parse(File.ReadAllBytes(Path(folder, file))).RootElement;

    public static float[] Floats(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetSingle())];

    public static int[] Integers(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}

namespace Graft.Vision.Tests;

internal static class Fixtures
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public static IEnumerable<string[]> Csv(string name) => File.ReadLines(PathOf(name)).Skip(1).Select(line => line.Split(','));
}

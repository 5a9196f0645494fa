#pragma warning disable SA1403, CA1812

namespace Graft.Cli.Tests.Project.Planted.High
{
    internal class Top
    {
        public static int Number(Low.Leaf leaf) => leaf.Value;
    }
}

namespace Graft.Cli.Tests.Project.Planted.Low
{
    internal sealed class Leaf
    {
        public int Value { get; init; }
    }

    internal sealed class Base : High.Top;

    internal sealed class Member
    {
        public High.Top[]? Tops { get; init; }
    }

    internal sealed class Body
    {
        public static string Name() => nameof(Body) + new High.Top();
    }

    internal sealed class Generic
    {
        public List<Dictionary<string, High.Top>> All { get; } = [];
    }
}

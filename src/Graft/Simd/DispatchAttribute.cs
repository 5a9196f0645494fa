namespace Graft.Simd;

/// <summary>
/// Marks a partial method whose body is written while building: it calls the method of the same name that has the type parameters <c>TSimd</c> and <c>TVector</c> before its
/// own, with the widest vectors of this machine. Where that method takes the first column and returns where it stopped, all widths take part, the widest first and single numbers last.
/// </summary>
/// <example><code>
/// [Dispatch]
/// public static partial void Run(int count, float* a, float* b, float* y);
///
/// private static void Run&lt;TSimd, TVector&gt;(int count, float* a, float* b, float* y)
///     where TSimd : struct, ISimd&lt;TVector, float&gt;
///     where TVector : struct
/// { ... }
/// </code></example>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DispatchAttribute : Attribute;

/**
 * RSA moduli that anybody can factor. BigInt is used on public numbers only, where its timing tells nothing. Pure.
 */
import { toHex } from "./bytes.ts";

const primesBelow = (limit: number): number[] => {
  const primes: number[] = [];
  for (let candidate = 2; candidate < limit; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
};

const smallPrimes = primesBelow(752).map(BigInt);
const smallPrimesProduct = product(smallPrimes);

/** The primes for which 65537 generates a small subgroup, so that a remainder tells something (Nemec and others, 2017). */
const rocaPrimes = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
const rocaProduct = product(rocaPrimes.map(BigInt));
const rocaRemainders = rocaPrimes.map((prime) => {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * 65537) % prime) powers.add(power);
  return powers;
});

function product(numbers: readonly bigint[]): bigint {
  return numbers.reduce((result, number) => result * number, 1n);
}

const toBigInt = (modulus: Uint8Array): bigint => BigInt(`0x${toHex(modulus)}`);

/** @param modulus big-endian; even moduli have the factor 2 */
export function hasSmallFactor(modulus: Uint8Array): boolean {
  const remainder = toBigInt(modulus) % smallPrimesProduct;
  return smallPrimes.some((prime) => remainder % prime === 0n);
}

/** The fingerprint of the Infineon library's primes: the modulus is a power of 65537 modulo each of many primes. */
export function hasRocaFingerprint(modulus: Uint8Array): boolean {
  const remainder = toBigInt(modulus) % rocaProduct;
  return rocaPrimes.every(
    (prime, index) => rocaRemainders[index]?.has(Number(remainder % BigInt(prime))) ?? false,
  );
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mentionsIn } from '../../../../src/lockdown/network/mentions.ts'

const shown = (text: string) =>
  mentionsIn(text).mentions.map(({ host, port, scheme, how }) =>
    [how, scheme, host, port].filter((part) => part !== undefined).join(' '),
  )
/** Without bare words, which stand for nobody by themselves. */
const named = (text: string) => shown(text).filter((mention) => !mention.startsWith('word'))

describe('hosts that a text names', () => {
  test.each([
    ['http://cart/api?x=1', ['url http cart']],
    ['postgres://user:pa:ss@db.shop.svc.cluster.local:5432/orders', ['url postgres db.shop.svc.cluster.local 5432']],
    ['mongodb://u:p@a.db:27017,b.db:27018/x?replicaSet=y', ['url mongodb a.db 27017', 'port b.db 27018', 'field y']],
    ['user:pw@tcp(mysql:3306)/db', ['port tcp', 'port mysql 3306']],
    ['jdbc:postgresql://db:5432/x', ['url postgresql db 5432']],
    ['kafka-0.kafka:9092, kafka-1.kafka:9092', ['port kafka-0.kafka 9092', 'port kafka-1.kafka 9092']],
    ['redis', ['field redis']],
    ['--redis-host=redis', ['field redis']],
    ['host: "Redis"', ['field redis']],
    ['http://[fd00::1]:8080/', ['url http fd00::1 8080']],
    ['[fd00::1]:8080', ['port fd00::1 8080']],
    ['fd00::1', ['field fd00::1']],
    ['http://$(CART_SERVICE_HOST):80/', ['variable CART']],
    ['$CART_SERVICE_HOST', ['variable CART']],
    ['${KUBERNETES_SERVICE_HOST}:443', ['variable KUBERNETES']],
    ['# http://old/\nurl: http://new/', ['url http new']],
    ['cart:99999', []],
    ['say hello to redis for me', []],
    ['CART_SERVICE_HOST', ['field cart_service_host']],
  ])('%s', (text, wanted) => expect(named(text)).toEqual(wanted))

  test('passwords are no hosts', () => {
    expect(shown('redis://:secret.example.com@cache:6379')).toEqual(['url redis cache 6379'])
  })

  test('whatever is in it, there is an end', () => {
    const bits = fc.constantFrom(
      '://',
      '@',
      '[',
      ']',
      ':',
      '80',
      'a',
      '.',
      '$(',
      '_SERVICE_HOST',
      '\n',
      '#',
      ' ',
      '"',
      '\u{1f600}',
      '=',
      '/',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(bits, fc.string()), { maxLength: 60 }), (parts) => {
        const text = parts.join('')
        for (const { host, port } of mentionsIn(text).mentions) {
          expect(host.length).toBeGreaterThan(0)
          expect(host.length).toBeLessThanOrEqual(253)
          expect(text.toLowerCase()).toContain(host.toLowerCase())
          if (port !== undefined) expect(port).toBeLessThanOrEqual(65_535)
        }
      }),
    )
  })

  test.each([['['], ['://'], ['a://'], ['a:'], ['x@'], ['$('], [' '], ['-']])('a megabyte of %s', (text) => {
    const { mentions } = mentionsIn(text.repeat(1_000_000 / text.length))
    expect(mentions.length).toBeLessThanOrEqual(1000)
  })

  test('what is too long is said', () => {
    expect(mentionsIn('x '.repeat(600)).cut).toBe(false)
    expect(mentionsIn('a:1 '.repeat(1100)).cut).toBe(true)
    expect(mentionsIn(' '.repeat((1 << 20) + 1)).cut).toBe(true)
  })
})
